import { describe, expect, test } from 'vitest';
import { Session } from '../../src/sessions/session.ts';
import { User, type UserRow } from '../../src/users/user.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

/** A service with one user, whose row the test may change. */
async function startWithAnn() {
  const service = await startService();
  const { user } = await service.api.signUp({ email: 'ann@example.com', preferred_username: 'ann' });
  const em = () => service.database.em.fork();
  const change = (values: Partial<UserRow>) => em().nativeUpdate(User, { id: user.id }, values);
  const countSessions = () => em().count(Session);
  const trySignIn = (username: string, password = PASSWORD) =>
    service.api.form('/token', { grant_type: 'password', username, password });
  return { ...service, em, user, change, countSessions, trySignIn };
}

/** Whatever a stranger could tell two answers apart by. */
function visible({ status, headers, text }: Answer) {
  const own = ['date', 'x-request-id'];
  return { status, text, headers: [...headers].filter(([name]) => !own.includes(name)) };
}

test('sign-in: every refusal is the same to the byte', async () => {
  const { api, em, user, change, clock, trySignIn } = await startWithAnn();
  const bob = await api.signUp({ email: 'bob@example.com' });
  await em().nativeDelete(User, { id: bob.user.id });
  const wrong = await trySignIn('ann@example.com', 'wrong password');
  const others = [
    await trySignIn('ann', 'wrong password'),
    await trySignIn('ann@example.com', PASSWORD.toUpperCase()),
    await trySignIn('ann@example.com', ` ${PASSWORD}`),
    await trySignIn('ann@example.com ', PASSWORD),
    await trySignIn('bob@example.com'), // deleted
    await trySignIn('nobody@example.com'),
    await trySignIn('nobody'),
    await trySignIn('not@an@address'),
    await trySignIn('n'.repeat(320)),
    await trySignIn("' or 1=1 --"),
  ];
  await change({ disabledAt: clock.now() });
  others.push(await trySignIn('ann@example.com'), await trySignIn('ann@example.com', 'wrong password'));
  await change({ disabledAt: null, passwordHash: null });
  others.push(await trySignIn('ann@example.com'));

  expect(wrong).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'The user name or the password is wrong.' },
  });
  for (const other of others) expect(visible(other)).toEqual(visible(wrong));
  expect(wrong.text).not.toContain(user.id);
});

test('sign-in: what is refused opens no session and changes nothing', async () => {
  const { users, user, countSessions, trySignIn, clock } = await startWithAnn();
  const before = await users.find(user.id);
  clock.advance({ minutes: 1 });
  expect((await trySignIn('ann@example.com', 'wrong password')).status).toBe(400);
  expect(await countSessions()).toBe(1);
  expect(await users.find(user.id)).toEqual(before);
});

describe('sign-in: a stored hash that we cannot read matches nothing', () => {
  test.each([
    ['missing', null],
    ['empty', ''],
    ['the password itself', PASSWORD],
    ['cut off', '$argon2id$v=19$m=1024,t=2,p=1$c29tZSBzYWx0IG9mIG91cg'],
    ['of impossible parameters', `$argon2id$v=19$m=1024,t=0,p=0$c29tZSBzYWx0IG9mIG91cg$${'A'.repeat(43)}`],
    ['of bcrypt', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['of PBKDF2', 'pbkdf2:sha256:600000$salt$0123456789abcdef'],
    ['of plain SHA-256', 'sha256$salt$0123456789abcdef'],
  ])('%s', async (_, passwordHash) => {
    const { canaries, change, countSessions, trySignIn } = await startWithAnn();
    await change({ passwordHash });
    canaries.allow(passwordHash ?? ''); // it is stored, and sent as a password
    for (const password of [PASSWORD, 'wrong password', ...(passwordHash ? [passwordHash] : [])]) {
      const { status, body } = await trySignIn('ann@example.com', password);
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    }
    expect(await countSessions()).toBe(1);
  });
});

test('sign-in: a password that no account can have is refused before it is hashed', async () => {
  const { trySignIn } = await startWithAnn();
  const { status, body } = await trySignIn('ann@example.com', 'x'.repeat(1025));
  expect([status, body.error]).toEqual([400, 'invalid_request']);
  expect((await trySignIn('ann@example.com', 'x'.repeat(1024))).body.error).toBe('invalid_grant');
});

test('sign-in: a password with the same first 72 bytes is another one', async () => {
  const { api, trySignIn } = await startWithAnn();
  const password = 'x'.repeat(72);
  await api.signUp({ email: 'long@example.com', password: `${password}one` });
  expect((await trySignIn('long@example.com', `${password}two`)).body.error).toBe('invalid_grant');
  expect((await trySignIn('long@example.com', password)).body.error).toBe('invalid_grant');
  expect((await trySignIn('long@example.com', `${password}one`)).status).toBe(200);
});

test.each(['ann\u200b@example.com', 'ann\r\n', 'ann\0', '\u202eann', 'n'.repeat(321)])(
  'sign-in: %j can be nobody',
  async (username) => {
    const { trySignIn } = await startWithAnn();
    const { status, body } = await trySignIn(username);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  },
);

const incomplete: Record<string, string>[] = [
  { username: 'ann' },
  { password: PASSWORD },
  { username: 'ann', password: '' },
  { username: '', password: PASSWORD },
];

test.each(incomplete)('sign-in: with %j alone the request is incomplete', async (parameters) => {
  const { api } = await startWithAnn();
  const { status, body } = await api.form('/token', { grant_type: 'password', ...parameters });
  expect([status, body.error]).toEqual([400, 'invalid_request']);
});

test('sign-in: a scope beyond the client is refused before the password is looked at', async () => {
  const { api, countSessions } = await startWithAnn();
  for (const password of [PASSWORD, 'wrong password']) {
    const parameters = { grant_type: 'password', username: 'ann', password, scope: 'users:rule' };
    expect((await api.form('/token', parameters)).body.error).toBe('invalid_scope');
  }
  expect(await countSessions()).toBe(1);
});

test('sign-in: where the built-in client is switched off, a request that names no client is refused', async () => {
  const { api } = await startService({ env: { FIRST_PARTY_CLIENT: '' } });
  const { status, body } = await api.form('/token', { grant_type: 'password', username: 'ann', password: PASSWORD });
  expect([status, body.error]).toEqual([401, 'invalid_client']);
});
