import { createHmac } from 'node:crypto';
import { hash as bcrypt } from 'bcrypt';
import { expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { importedEmail, importUsers } from './import-users.ts';

/** A service on the database of another one, which has one user, with hashes of that many passes. */
async function startAfter(first: string, then: string) {
  const databaseUrl = await newDurableDatabase();
  const before = await startService({ databaseUrl, env: { PASSWORD_HASH_PASSES: first } });
  const { user } = await before.api.signUp({ email: 'ann@example.com' });
  const old = (await before.users.find(user.id))?.passwordHash;
  await before.stop();
  const service = await startService({ databaseUrl, env: { PASSWORD_HASH_PASSES: then }, clock: before.clock });
  const hash = async () => (await service.users.find(user.id))?.passwordHash;
  const trySignIn = async (password: string) => {
    const parameters = { grant_type: 'password', username: 'ann@example.com', password };
    return (await service.api.form('/token', parameters)).status;
  };
  return { ...service, user, old, hash, trySignIn };
}

test('hash upgrade: a good sign-in replaces a hash with older parameters, once', async () => {
  const { old, hash, trySignIn } = await startAfter('2', '4');
  expect(old).toMatch(/^\$argon2id\$.*\bt=2\b/);
  expect(await trySignIn(PASSWORD)).toBe(200);
  const upgraded = await hash();
  expect(upgraded).toMatch(/^\$argon2id\$.*\bt=4\b/);
  expect(await trySignIn(PASSWORD)).toBe(200);
  expect(await hash()).toBe(upgraded);
  expect(await trySignIn('wrong password')).toBe(400);
});

test('hash upgrade: a bad sign-in leaves the hash as it is', async () => {
  const { old, hash, trySignIn } = await startAfter('2', '4');
  expect(await trySignIn('wrong password')).toBe(400);
  expect(await hash()).toBe(old);
});

test('hash upgrade: a hash with the parameters in force is left as it is', async () => {
  const { old, hash, trySignIn } = await startAfter('3', '3');
  expect(await trySignIn(PASSWORD)).toBe(200);
  expect(await hash()).toBe(old);
});

test('hash upgrade: it is no change of the password, and ends no session', async () => {
  const { users, user, sessions, database, trySignIn, clock } = await startAfter('2', '4');
  const before = await users.find(user.id);
  clock.advance({ minutes: 1 });
  expect(await trySignIn(PASSWORD)).toBe(200);
  const after = await users.find(user.id);
  expect(after).toEqual({ ...before, passwordHash: after?.passwordHash, lastSignedInAt: clock.now() });
  expect(await sessions.listLive(database.em, user.id)).toHaveLength(2);
});

test('hash upgrade: ten sign-ins at once all succeed, and leave one hash that works', async () => {
  const { hash, trySignIn } = await startAfter('2', '4');
  const answers = await Promise.all(Array.from({ length: 10 }, () => trySignIn(PASSWORD)));
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(await hash()).toMatch(/\bt=4\b/);
  expect(await trySignIn(PASSWORD)).toBe(200);
});

/** A user who was imported with the bcrypt hash of this password. */
async function startWithBcrypt(password: string, wrap = (bcryptHash: string) => bcryptHash) {
  const service = await startService();
  const before = wrap(await bcrypt(password, 4));
  await importUsers(service, [before]);
  const stored = async () => {
    const em = service.database.em.fork();
    const { passwordHash } = await em.findOneOrFail(User, { email: importedEmail(0) }, { populate: ['passwordHash'] });
    return passwordHash;
  };
  const trySignIn = async (typed: string) => {
    const parameters = { grant_type: 'password', username: importedEmail(0), password: typed };
    return (await service.api.form('/token', parameters)).status;
  };
  return { before, stored, trySignIn };
}

const LONG = 'correct horse battery staple '.repeat(4); // 116 bytes

test('hash upgrade: a typo behind what bcrypt looks at does not become the password', async () => {
  const { before, stored, trySignIn } = await startWithBcrypt(LONG);
  expect(await trySignIn(`${LONG.slice(0, 80)} typo`)).toBe(200);
  expect(await stored()).toBe(before);
  expect(await trySignIn(LONG)).toBe(200);
  expect(await stored()).toBe(before);
});

test.each([
  ['72 bytes', LONG.slice(0, 72)],
  ['72 bytes in 36 characters', 'é'.repeat(36)],
])('hash upgrade: bcrypt looks at a password of %s whole, so it is kept as argon2id', async (_, password) => {
  const { stored, trySignIn } = await startWithBcrypt(password);
  expect(await trySignIn(password)).toBe(200);
  expect(await stored()).toMatch(/^\$argon2id\$/);
  expect(await trySignIn(password)).toBe(200);
  expect(await trySignIn(`${password}x`)).toBe(400);
});

test('hash upgrade: 73 bytes in fewer characters are more than bcrypt looks at', async () => {
  const password = `${'é'.repeat(36)}x`;
  const { before, stored, trySignIn } = await startWithBcrypt(password);
  expect(await trySignIn(password)).toBe(200);
  expect(await stored()).toBe(before);
});

test('hash upgrade: Flask-Security’s bcrypt depends on the whole password, so that is kept as argon2id', async () => {
  const key = 'c2FsdA';
  const hmac = createHmac('sha512', Buffer.from(key, 'base64url')).update(LONG).digest('base64');
  const { stored, trySignIn } = await startWithBcrypt(hmac, (hash) => `flask-security$${key}$${hash}`);
  expect(await trySignIn(`${LONG.slice(0, 80)} typo`)).toBe(400);
  expect(await trySignIn(LONG)).toBe(200);
  expect(await stored()).toMatch(/^\$argon2id\$/);
  expect(await trySignIn(LONG)).toBe(200);
});
