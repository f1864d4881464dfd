import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';

const ANN = 'ann@example.com';
const ann = { email: ANN, password: PASSWORD };

type Service = Awaited<ReturnType<typeof startService>>;

/** How many rows there are in every table but that of the signing keys. */
async function countRows({ database: { orm } }: Service) {
  const tables = [...orm.getMetadata().getAll().values()].map(({ tableName }) => tableName);
  const count = async (table: string) => (await orm.em.fork().execute(`select 1 from ${table}`)).length;
  const counts = await Promise.all(tables.map(async (table) => [table, await count(table)] as const));
  return Object.fromEntries(counts.filter(([table, rows]) => table !== 'signing_keys' && rows > 0));
}

test('sign-up: on a fresh database there is nobody and nothing', async () => {
  expect(await countRows(await startService())).toEqual({});
});

describe('sign-up: closed', () => {
  test('is refused whatever is sent, and nothing is written', async () => {
    const service = await startService({ env: { SIGNUP: 'closed' } });
    for (const members of [ann, { ...ann, preferred_username: 'ann' }, { ...ann, password: 'another good one' }]) {
      const answer = await service.api.post('/signup', members);
      expect(answer).toMatchObject({ status: 403, body: { code: 'signup_closed' } });
      expect(answer.body.errors).toBeUndefined();
    }
    expect(await countRows(service)).toEqual({});
  });

  test('tells of nobody who is there, and who is there signs in', async () => {
    const service = await startService();
    await service.api.signUp(ann);
    const row = await service.users.findByLogin(ANN);
    const closed = await startService({ env: { SIGNUP: 'closed' } });
    if (row) await closed.database.em.fork().insert(User, row);
    const taken = await closed.api.post('/signup', ann);
    const free = await closed.api.post('/signup', { ...ann, email: 'bob@example.com' });
    expect(visible(taken)).toEqual(visible(free));
    const { access_token } = await closed.api.signIn(ANN);
    expect(await closed.api.me(access_token)).toMatchObject({ email: ANN });
  });
});

describe('sign-up: where the address has to be proved first', () => {
  async function startWithAnn() {
    const service = await startService({ env: { EMAIL_VERIFICATION: 'required' } });
    const answer = await service.api.post('/signup', ann);
    const trySignIn = (password: string, username = ANN) =>
      service.api.form('/token', { grant_type: 'password', username, password });
    await service.deliverMails();
    return { ...service, answer, trySignIn, code: codeIn(service.letters[0]) };
  }

  test('there is an account, but no session', async () => {
    const service = await startWithAnn();
    const { status, body, headers } = service.answer;
    expect([status, body.tokens, headers.get('Location')]).toEqual([201, null, '/me']);
    expect(body.user).toMatchObject({ email: ANN, email_verified: false, last_signed_in_at: null });
    expect(await countRows(service)).toEqual({ users: 1, audit_events: 1, outbox_mails: 1, one_time_codes: 1 });
  });

  test('the right password is told what is missing, a wrong one is told nothing', async () => {
    const { trySignIn } = await startWithAnn();
    const right = await trySignIn(PASSWORD);
    expect(right).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'email_unverified' } });
    const wrong = visible(await trySignIn('wrong password'));
    expect(wrong).toEqual(visible(await trySignIn('wrong password', 'nobody@example.com')));
    expect(wrong.text).not.toContain('verif');
  });

  test('nobody is signed in before the code is confirmed, and everybody after', async () => {
    const service = await startWithAnn();
    const { api, trySignIn, code } = service;
    await trySignIn(PASSWORD);
    expect(await countRows(service)).not.toHaveProperty('sessions');
    expect((await api.post('/email-verification/confirm', { code, password: ann.password })).status).toBe(204);
    expect(await countRows(service)).not.toHaveProperty('sessions');
    const { access_token } = await api.signIn(ANN);
    expect(await api.me(access_token)).toMatchObject({ email: ANN, email_verified: true });
    expect((await trySignIn('wrong password')).body.reason).toBeUndefined();
  });

  test('a reset proves it too', async () => {
    const { api, deliverMails, letters } = await startWithAnn();
    letters.splice(0);
    await api.post('/password-reset', { email: ANN });
    await deliverMails();
    const reset = { code: codeIn(letters[0]), password: 'another horse battery' };
    expect((await api.post('/password-reset/confirm', reset)).status).toBe(204);
    await api.signIn(ANN, { password: reset.password });
  });

  test('a taken address is still told', async () => {
    const { api } = await startWithAnn();
    expect(await api.post('/signup', ann)).toMatchObject({ status: 409, body: { code: 'email_taken' } });
  });
});

describe('sign-up: one address, whatever the spelling, at sign-up, sign-in and reset', () => {
  test.each([
    ['case', 'Ann.Smith@Example.com', 'ANN.SMITH@EXAMPLE.COM'],
    ['composition', 'am\u00e9lie@example.com', 'AME\u0301LIE@example.com'],
    ['an IDN', 'ann@xn--bcher-kva.example', 'Ann@B\u00fccher.example'],
    ['punycode', 'ann@b\u00fccher.example', 'ann@XN--BCHER-KVA.example'],
    ['a full stop of another keyboard', 'ann@\u4f8b\u3048.jp', 'ann@\u4f8b\u3048\u3002jp'],
  ])('%s', async (_, first, second) => {
    const { api, deliverMails, letters } = await startService();
    await api.signUp({ email: first });
    expect(await api.post('/signup', { ...ann, email: second })).toMatchObject({ status: 409 });
    await api.signIn(second);
    await deliverMails();
    letters.splice(0);
    expect((await api.post('/password-reset', { email: second })).status).toBe(202);
    await deliverMails();
    expect(letters.map(({ to }) => to)).toEqual([first]);
    const reset = { code: codeIn(letters[0]), password: 'another horse battery' };
    expect((await api.post('/password-reset/confirm', reset)).status).toBe(204);
    await api.signIn(first, { password: reset.password });
  });

  test.each([
    ['a tag', 'ann+news@example.com'],
    ['a dot', 'a.nn@example.com'],
    ['another script', '\u0430nn@example.com'],
  ])('but with %s it is another', async (_, second) => {
    const { api, deliverMails, letters } = await startService();
    await api.signUp({ email: ANN });
    await expect(api.signIn(second)).rejects.toMatchObject({ error: 'invalid_grant' });
    await deliverMails();
    letters.splice(0);
    await api.post('/password-reset', { email: second });
    await deliverMails();
    expect(letters).toEqual([]);
    expect((await api.post('/signup', { ...ann, email: second })).status).toBe(201);
  });
});

test('sign-up: to tell nothing, and yet to sign everybody in at once, is refused at start', () => {
  expect(() => parseConfig({ SIGNUP_DISCLOSURE: 'strict' })).toThrow(/SIGNUP_DISCLOSURE.*EMAIL_VERIFICATION/);
  const strict = { SIGNUP_DISCLOSURE: 'strict', EMAIL_VERIFICATION: 'required' };
  expect(parseConfig(strict).signUp).toEqual({ open: true, disclosure: 'strict', verification: 'required' });
});
