import { describe, expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

const TWO_HOURS = 7_200;
const TWO_WEEKS = 1_209_600;

describe('sign-in: by e-mail address', () => {
  test.each([
    ['as it was written', 'Ann.Smith@Example.com', 'Ann.Smith@Example.com'],
    ['in lower case', 'Ann.Smith@Example.com', 'ann.smith@example.com'],
    ['in upper case', 'ann.smith@example.com', 'ANN.SMITH@EXAMPLE.COM'],
    ['in punycode', 'ann@b\u00fccher.example', 'ann@xn--bcher-kva.example'],
    ['decomposed', 'am\u00e9lie@example.com', 'ame\u0301lie@example.com'],
    ['composed', 'ame\u0301lie@example.com', 'AM\u00c9LIE@example.com'],
  ])('%s', async (_, email, username) => {
    const { api } = await startService();
    const { user } = await api.signUp({ email });
    const { access_token } = await api.signIn(username);
    expect(await api.me(access_token)).toMatchObject({ id: user.id, email: email.normalize('NFC') });
  });
});

describe('sign-in: by user name', () => {
  test.each(['Ann.Smith', 'ann.smith', 'ANN.SMITH'])('%s', async (username) => {
    const { api } = await startService();
    const { user } = await api.signUp({ preferred_username: 'Ann.Smith' });
    const { access_token } = await api.signIn(username);
    expect(await api.me(access_token)).toMatchObject({ id: user.id, preferred_username: 'Ann.Smith' });
  });
});

test('sign-in: a password is the same composed and decomposed', async () => {
  const { api } = await startService();
  await api.signUp({ email: 'ann@example.com', password: 'caf\u00e9 du coin' });
  const tokens = await api.signIn('ann@example.com', { password: 'cafe\u0301 du coin' });
  expect(tokens.token_type).toBe('Bearer');
});

test('sign-in: the answer holds an access token and a refresh token that work, and a session of its own', async () => {
  const { api } = await startService();
  const { user, tokens: first } = await api.signUp({ email: 'ann@example.com' });
  const tokens = await api.signIn('ann@example.com');
  expect(tokens).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 300,
    refresh_after: expect.any(Number),
    refresh_token: expect.stringMatching(/^lkr_/),
    refresh_expires_in: TWO_HOURS,
    scope: '',
    session_id: expect.any(String),
  });
  expect(tokens.session_id).not.toBe(first.session_id);
  expect(await api.me(tokens.access_token)).toMatchObject({ id: user.id });
  expect(await api.refresh(tokens.refresh_token)).toMatchObject({ session_id: tokens.session_id });
});

test('sign-in: who signed in last is known', async () => {
  const { api, clock } = await startService();
  const { user } = await api.signUp({ email: 'ann@example.com' });
  clock.advance({ days: 3 });
  const { access_token } = await api.signIn('ann@example.com');
  expect(await api.me(access_token)).toEqual({ ...user, last_signed_in_at: clock.now().toISOString() });
});

test('sign-in: twenty at once of one user are twenty sessions', async () => {
  const { api, database, sessions } = await startService();
  const { user, tokens: first } = await api.signUp({ email: 'ann@example.com' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.signIn('ann@example.com')));
  const ids = [first, ...answers].map(({ session_id }) => session_id);
  expect(new Set(ids).size).toBe(21);
  const live = await sessions.listLive(database.em, user.id);
  expect(live.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
});

describe('sign-in: remember_me', () => {
  const credentials = { grant_type: 'password', username: 'ann@example.com', password: PASSWORD };

  test.each([
    [undefined, TWO_HOURS],
    ['false', TWO_HOURS],
    ['true', TWO_WEEKS],
  ])('%s in a form', async (rememberMe, seconds) => {
    const { api } = await startService();
    await api.signUp({ email: 'ann@example.com' });
    const answer = await api.form('/token', { ...credentials, ...(rememberMe && { remember_me: rememberMe }) });
    expect(answer.body).toMatchObject({ refresh_expires_in: seconds });
  });

  test.each([
    [undefined, TWO_HOURS],
    [false, TWO_HOURS],
    ['false', TWO_HOURS],
    [true, TWO_WEEKS],
    ['true', TWO_WEEKS],
  ])('%j in JSON', async (rememberMe, seconds) => {
    const { api } = await startService();
    await api.signUp({ email: 'ann@example.com' });
    const answer = await api.post('/token', { ...credentials, remember_me: rememberMe });
    expect(answer.body).toMatchObject({ refresh_expires_in: seconds });
  });

  test.each([1, 0, 'yes', 'TRUE', '1', null, ['true']])('%j is neither', async (rememberMe) => {
    const { api } = await startService();
    await api.signUp({ email: 'ann@example.com' });
    const { status, body } = await api.post('/token', { ...credentials, remember_me: rememberMe });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(body.error_description).toContain('remember_me');
  });

  test('is what the session remembers', async () => {
    const { api, sessions } = await startService();
    await api.signUp({ email: 'ann@example.com' });
    const remembered = await api.signIn('ann@example.com', { remember_me: 'true' });
    const forgotten = await api.signIn('ann@example.com');
    expect(await sessions.find(remembered.session_id)).toMatchObject({ remembered: true });
    expect(await sessions.find(forgotten.session_id)).toMatchObject({ remembered: false });
  });

  test('has the lifetimes of the configuration', async () => {
    const env = { SESSION_IDLE_TTL: '10m', REMEMBERED_IDLE_TTL: '3d', SESSION_TTL: '1h', REMEMBERED_TTL: '5d' };
    const { api, clock, sessions } = await startService({ env });
    await api.signUp({ email: 'ann@example.com' });
    const lifeOf = async (parameters: Record<string, string>) => {
      const { refresh_expires_in, session_id } = await api.signIn('ann@example.com', parameters);
      const session = await sessions.find(session_id);
      return [refresh_expires_in, ((session?.expiresAt.getTime() ?? 0) - clock.now().getTime()) / 1000];
    };
    expect(await lifeOf({})).toEqual([600, 3_600]);
    expect(await lifeOf({ remember_me: 'true' })).toEqual([259_200, 432_000]);
  });
});

test('sign-in: on a fresh database there is nobody', async () => {
  const { database } = await startService();
  expect(await database.em.fork().count(User)).toBe(0);
});
