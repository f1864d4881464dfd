import { beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { PASSWORD } from '../harness/api.ts';
import { memberNames } from '../harness/schema-members.ts';
import { startService } from '../harness/service.ts';

const argon2 = vi.hoisted(() => ({ runs: 0, afterNextVerify: null as (() => Promise<unknown>) | null }));

/** The real one, counted; and a place to do something between a comparison and what follows from it. */
vi.mock('../../src/users/argon2.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../../src/users/argon2.ts')>();
  const verifyArgon2: typeof real.verifyArgon2 = async (...given) => {
    argon2.runs += 1;
    const matches = await real.verifyArgon2(...given);
    const next = argon2.afterNextVerify;
    argon2.afterNextVerify = null;
    await next?.();
    return matches;
  };
  const hashArgon2: typeof real.hashArgon2 = (...given) => {
    argon2.runs += 1;
    return real.hashArgon2(...given);
  };
  return { ...real, hashArgon2, verifyArgon2 };
});

beforeEach(() => {
  argon2.afterNextVerify = null;
});

const ANN = 'ann@example.com';

async function start(env: Record<string, string> = {}) {
  // One of the lane for the comparison that waits, two for what happens meanwhile.
  const service = await startService({ env: { PASSWORD_HASH_CONCURRENCY: '3', ...env } });
  const { user, tokens } = await service.api.signUp({ email: ANN });
  return { ...service, user, token: tokens.access_token };
}

const changed = { current_password: PASSWORD, new_password: 'another horse battery' };

type Started = Awaited<ReturnType<typeof start>>;
type Attempt = (started: Started, password: string) => ReturnType<Started['api']['get']>;

const attempts: [path: string, attempt: Attempt][] = [
  ['POST /token', ({ api }, password) => api.form('/token', { grant_type: 'password', username: ANN, password })],
  [
    'PUT /me/password',
    ({ api, token }, password) => api.put('/me/password', { ...changed, current_password: password }, token),
  ],
  ['PUT /me/email', ({ api, token }, password) => api.put('/me/email', { email: 'a@b.example', password }, token)],
  ['DELETE /me', ({ api, token }, password) => api.del('/me', { password }, token)],
];

test('limit: whatever takes a password, draws on a budget', async () => {
  const { endpoints } = await startService();
  const taking = endpoints.filter(({ body }) => {
    const names = body ? memberNames(z.toJSONSchema(body, { io: 'input' })) : [];
    return names.some((name) => /password/i.test(name));
  });
  expect(Object.fromEntries(taking.map(({ operationId, limit }) => [operationId, limit]))).toEqual({
    changeEmail: 'password',
    changePassword: 'password',
    createToken: 'password',
    deleteMe: 'password',
    resetPassword: 'code', // and a code of 256 bits
    signUp: 'signup',
    verifyEmail: 'code', // and where the password is checked
  });
});

describe('limit: the tries at a password', () => {
  const [signIn, ...signedIn] = attempts;

  test('of a session are counted together on all paths: taking turns gives no more of them', async () => {
    const started = await start({ RATE_LIMITS: 'on' });
    const statuses: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      for (const [, attempt] of signedIn) statuses.push((await attempt(started, 'a wrong password')).status);
    }
    expect(statuses).toEqual([...Array(20).fill(400), ...Array(4).fill(429)]);
  });

  test.each(attempts)('when they are used up, %s computes no hash and changes nothing', async (path, attempt) => {
    const started = await start({ RATE_LIMITS: 'on' });
    const { users, user, sessions, database } = started;
    // On the sign-in form those of strangers, and then those of the network that the sign-up came from.
    const tries = path === signIn?.[0] ? 40 : 20;
    for (let n = 0; n < tries; n += 1) {
      expect((await attempt(started, 'a wrong password')).status).toBe(400);
    }
    const [row, before] = [await users.find(user.id), argon2.runs];
    const { status, headers } = await attempt(started, PASSWORD);
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(argon2.runs).toBe(before);
    expect(await users.find(user.id)).toEqual(row);
    expect(await sessions.listLive(database.em, user.id)).toHaveLength(1);
  });
});

describe('credentials: a password that is changed while the old one is being compared', () => {
  /** Ann is signed in twice; the other session changes the password in the middle of what this one does. */
  async function startWithTwo() {
    const service = await start();
    const other = await service.api.signIn(ANN);
    argon2.afterNextVerify = async () => {
      const answer = await service.api.put('/me/password', changed, other.access_token);
      expect(answer.status).toBe(200);
    };
    return service;
  }

  test('moves no address', async () => {
    const { api, token, deliverMails, letters } = await startWithTwo();
    const answer = await api.put('/me/email', { email: 'eve@evil.example', password: PASSWORD }, token);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    await deliverMails();
    expect(letters.map(({ to }) => to)).not.toContain('eve@evil.example');
  });

  test('deletes no account', async () => {
    const { api, token, users, user } = await startWithTwo();
    const answer = await api.del('/me', { password: PASSWORD }, token);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await users.find(user.id)).not.toBeNull();
  });

  test('is not changed a second time', async () => {
    const { api, token } = await startWithTwo();
    const again = { ...changed, new_password: 'a third horse battery' };
    expect(await api.put('/me/password', again, token)).toMatchObject({
      status: 400,
      body: { code: 'password_wrong' },
    });
    await api.signIn(ANN, { password: changed.new_password });
  });

  test('signs nobody in', async () => {
    const { api } = await startWithTwo();
    await expect(api.signIn(ANN)).rejects.toMatchObject({ status: 400, error: 'invalid_grant' });
  });
});
