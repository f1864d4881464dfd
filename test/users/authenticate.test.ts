import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { builtInClient } from '../../src/clients/clients.ts';
import { AuthError } from '../../src/errors.ts';
import { withoutLimits } from '../../src/platform/budget.ts';
import { createRoles } from '../../src/roles/roles.ts';
import { createPasswordGrant } from '../../src/tokens/grants/password.ts';
import { createScopes } from '../../src/tokens/scope.ts';
import { createAuthenticate } from '../../src/users/authenticate.ts';
import { createHashingLane, type HashingLane } from '../../src/users/hashing-lane.ts';
import { createPasswords } from '../../src/users/passwords.ts';
import { createThrottle } from '../../src/users/throttle.ts';
import { User, type UserRow } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

const SECOND = 1_000;
const origin = { ip: '192.0.2.1', userAgent: null, requestId: '0199aaaa-0000-7000-8000-000000000000' };
const ann = { username: 'ann@example.com', clientId: 'first-party', origin };

/** The parts of a sign-in around a user; `duringHash` runs while the password is being compared. */
async function createSignIn({ passes = 2, duringHash = async () => {} } = {}) {
  const service = await startService();
  const { user } = await service.api.signUp({ email: 'ann@example.com' });
  const inner = createHashingLane({ concurrency: 2, queue: 10 });
  let hashes = 0;
  const lane: HashingLane = {
    ...inner,
    async run(work) {
      hashes += 1;
      await duringHash();
      return inner.run(work);
    },
  };
  const passwords = createPasswords({ lane, minLength: 8, memoryKiB: 1024, passes });
  const { users, audit, log, database } = service;
  const throttle = createThrottle({
    open: withoutLimits,
    key: createSecretKey(Buffer.alloc(32)),
    isFamiliar: async () => false,
  });
  const parts = { commit: database.commit, users, passwords, throttle, audit, log, lockPassword: async () => {} };
  const authenticate = createAuthenticate({ ...parts, unverified: 'admitted' });
  const change = (values: Partial<UserRow>) => service.database.em.fork().nativeUpdate(User, { id: user.id }, values);
  return { ...service, user, authenticate, change, hashes: () => hashes };
}

test('authenticate: a lane that is too busy to upgrade a hash refuses nobody', async () => {
  let jobs = 0;
  const busyAfterFirst = async () => {
    jobs += 1;
    if (jobs > 1) throw new AuthError('overloaded');
  };
  const { authenticate, user } = await createSignIn({ passes: 3, duringHash: busyAfterFirst });
  expect(await authenticate.signIn({ ...ann, password: PASSWORD })).toMatchObject({ id: user.id });
  expect(jobs).toBe(2);
});

describe('authenticate: the work does not tell who exists', () => {
  test.each([
    ['a wrong password', { username: 'ann@example.com', password: 'wrong password' }],
    ['an unknown address', { username: 'nobody@example.com', password: PASSWORD }],
    ['an unknown user name', { username: 'nobody', password: PASSWORD }],
    ['what is no address', { username: 'no@body@example.com', password: PASSWORD }],
    ['an empty password', { username: 'ann@example.com', password: '' }],
  ])('%s costs one hash', async (_, login) => {
    const { authenticate, hashes } = await createSignIn();
    await expect(authenticate.signIn({ ...ann, ...login })).rejects.toMatchObject({ code: 'credentials_wrong' });
    expect(hashes()).toBe(1);
  });

  test('the right password costs one hash', async () => {
    const { authenticate, hashes, user } = await createSignIn();
    expect(await authenticate.signIn({ ...ann, password: PASSWORD })).toMatchObject({
      id: user.id,
    });
    expect(hashes()).toBe(1);
  });

  test('a disabled user costs one hash, and only the log learns that the password was right', async () => {
    const { authenticate, hashes, change, clock } = await createSignIn();
    await change({ disabledAt: clock.now() });
    const signIn = (password: string) => authenticate.signIn({ ...ann, password });
    await expect(signIn('wrong password')).rejects.toMatchObject({ code: 'credentials_wrong' });
    await expect(signIn(PASSWORD)).rejects.toMatchObject({ code: 'user_disabled' });
    expect(hashes()).toBe(2);
  });

  test.each([null, '', '$2b$10$of-somebody-else'])('the stored hash %j costs one hash', async (passwordHash) => {
    const { authenticate, hashes, change } = await createSignIn();
    await change({ passwordHash });
    const attempt = authenticate.signIn({ ...ann, password: PASSWORD });
    await expect(attempt).rejects.toMatchObject({ code: 'credentials_wrong' });
    expect(hashes()).toBe(1);
  });

  test('a password of more than 1024 bytes costs none', async () => {
    const { authenticate, hashes } = await createSignIn();
    for (const password of ['x'.repeat(1025), '€'.repeat(342)]) {
      const attempt = authenticate.signIn({ ...ann, password });
      await expect(attempt).rejects.toMatchObject({ code: 'invalid_request' });
    }
    expect(hashes()).toBe(0);
  });

  test('a disabled user is not given a stronger hash', async () => {
    const { authenticate, change, users, user, clock } = await createSignIn({ passes: 3 });
    await change({ disabledAt: clock.now() });
    const before = await users.find(user.id);
    await expect(authenticate.signIn({ ...ann, password: PASSWORD })).rejects.toThrow();
    expect(await users.find(user.id)).toEqual(before);
  });
});

describe('authenticate: what happens while the hash is computed counts', () => {
  const login = { grantType: 'password', username: 'ann@example.com', password: PASSWORD } as const;
  const request = { ...login, remembered: false, client_id: undefined, scope: null, resource: null };

  test.each([
    ['disabled', (at: Date): Partial<UserRow> => ({ disabledAt: at })],
    ['given another password', (at: Date) => ({ passwordChangedAt: new Date(at.getTime() + SECOND) })],
  ])('a user who is %s meanwhile gets no session', async (_, meanwhile) => {
    let change: () => Promise<unknown> = async () => {};
    const signIn = await createSignIn({ duringHash: async () => void (await change()) });
    const { database, users, sessions, user, clock } = signIn;
    change = () => signIn.change(meanwhile(clock.now()));
    const client = builtInClient('first-party', ['https://id.example']);
    const refuse = () => Promise.reject(new Error('Tokens were made.'));
    const issue = { forSession: refuse, forClient: refuse };
    const scopes = createScopes({
      em: database.em,
      roles: createRoles({ now: signIn.clock.now }),
      issuer: 'https://id.example',
    });
    const grant = createPasswordGrant({ em: database.em, ...signIn, users, sessions, scopes, issue });

    const attempt = client && grant(request, client, origin);
    await expect(attempt).rejects.toMatchObject({ code: 'credentials_wrong' });
    expect(await sessions.listLive(database.em, user.id)).toHaveLength(1); // that of the sign-up
    expect(await users.find(user.id)).toMatchObject({ lastSignedInAt: new Date(user.last_signed_in_at ?? 0) });
  });

  test.each([
    ['disabled', (at: Date): Partial<UserRow> => ({ disabledAt: at })],
    ['given another password', (at: Date) => ({ passwordChangedAt: new Date(at.getTime() + SECOND) })],
  ])('a user who was %s since is not marked as signed in', async (_, since) => {
    const { database, users, user, change, clock } = await createSignIn();
    const seen = await users.find(user.id);
    if (!seen) throw new Error('The user is not there.');
    const mark = () => database.em.transactional((tx) => users.markSignedIn(tx, seen));
    clock.advance({ minutes: 1 });
    expect(await mark()).toEqual({ ...seen, lastSignedInAt: clock.now() });
    await change(since(clock.now()));
    await expect(mark()).rejects.toMatchObject({ code: 'credentials_wrong' });
  });

  test('a deleted user is not marked as signed in', async () => {
    const { database, users, user } = await createSignIn();
    const seen = await users.find(user.id);
    if (!seen) throw new Error('The user is not there.');
    await database.em.fork().nativeDelete(User, { id: user.id });
    const mark = database.em.transactional((tx) => users.markSignedIn(tx, seen));
    await expect(mark).rejects.toMatchObject({ code: 'credentials_wrong' });
  });

  test('a hash that was changed meanwhile is not overwritten by a stronger one of the old password', async () => {
    let change: () => Promise<unknown> = async () => {};
    const signIn = await createSignIn({ passes: 3, duringHash: async () => void (await change()) });
    const { authenticate, users, user } = signIn;
    const passwordHash = '$argon2id$the-hash-of-the-new-password';
    change = () => signIn.change({ passwordHash });
    await authenticate.signIn({ ...ann, password: PASSWORD });
    expect(signIn.hashes()).toBe(2);
    expect(await users.find(user.id)).toMatchObject({ passwordHash });
  });
});
