import { beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { AuthError } from '../../src/errors.ts';
import type { Limit } from '../../src/platform/limiter.ts';
import { PASSWORD } from '../harness/api.ts';
import { memberNames } from '../harness/schema-members.ts';
import { startService } from '../harness/service.ts';

const argon2 = vi.hoisted(() => ({ runs: 0, afterNextVerify: null as (() => Promise<unknown>) | null }));

/** The real one, counted; and a place to do something between a comparison and what follows from it. */
vi.mock('argon2', async (importOriginal) => {
  const real = await importOriginal<typeof import('argon2')>();
  const verify: typeof real.verify = async (...given) => {
    argon2.runs += 1;
    const matches = await real.verify(...given);
    const next = argon2.afterNextVerify;
    argon2.afterNextVerify = null;
    await next?.();
    return matches;
  };
  const hash = (...given: Parameters<typeof real.hash>) => {
    argon2.runs += 1;
    return real.hash(...given);
  };
  return { ...real, hash, verify };
});

beforeEach(() => {
  argon2.afterNextVerify = null;
});

const ANN = 'ann@example.com';

/** A service whose limiter notes every call, and refuses the budget `credentials` when it is told to. */
async function startLimited() {
  const calls: [limit: Limit, network: string][] = [];
  let isUsedUp = false;
  const limiter = async (limit: Limit, network: string) => {
    calls.push([limit, network]);
    if (isUsedUp && limit === 'credentials') throw new AuthError('rate_limited', { retryAfterSeconds: 7 });
  };
  // One of the lane for the comparison that waits, two for what happens meanwhile.
  const service = await startService({ limiter, env: { PASSWORD_HASH_CONCURRENCY: '3' } });
  const { user, tokens } = await service.api.signUp({ email: ANN });
  calls.splice(0);
  const useUp = () => {
    isUsedUp = true;
  };
  return { ...service, user, tokens, calls, useUp, token: tokens.access_token };
}

type Limited = Awaited<ReturnType<typeof startLimited>>;

const changed = { current_password: PASSWORD, new_password: 'another horse battery' };

const attempts: [path: string, attempt: (limited: Limited) => ReturnType<Limited['api']['get']>][] = [
  ['POST /token', ({ api }) => api.form('/token', { grant_type: 'password', username: ANN, password: PASSWORD })],
  ['PUT /me/password', ({ api, token }) => api.put('/me/password', changed, token)],
  ['PUT /me/email', ({ api, token }) => api.put('/me/email', { email: 'a@b.example', password: PASSWORD }, token)],
  ['DELETE /me', ({ api, token }) => api.del('/me', { password: PASSWORD }, token)],
];

test('limit: whatever takes a password draws on the budget of credentials', async () => {
  const { endpoints } = await startService();
  const taking = endpoints.filter(({ body }) => {
    const names = body ? memberNames(z.toJSONSchema(body, { io: 'input' })) : [];
    return names.some((name) => /password/i.test(name));
  });
  expect(taking.map(({ operationId }) => operationId).toSorted()).toEqual(
    expect.arrayContaining(['changeEmail', 'changePassword', 'createToken', 'deleteMe', 'resetPassword', 'signUp']),
  );
  expect(taking.filter(({ limit }) => limit !== 'credentials').map(({ operationId }) => operationId)).toEqual([]);
});

describe('limit: the budget of credentials', () => {
  test.each(attempts)('is one for all, and %s draws on it once, before it compares', async (_, attempt) => {
    const limited = await startLimited();
    const before = argon2.runs;
    const { status } = await attempt(limited);
    expect([200, 204]).toContain(status);
    expect(limited.calls).toEqual([['credentials', '127.0.0.1']]);
    expect(argon2.runs).toBeGreaterThan(before);
  });

  test.each(attempts)('when it is used up, %s computes no hash and changes nothing', async (_, attempt) => {
    const limited = await startLimited();
    const { users, user, sessions, database, useUp } = limited;
    const row = await users.find(user.id);
    const before = argon2.runs;
    useUp();
    const { status, headers } = await attempt(limited);
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('7');
    expect(argon2.runs).toBe(before);
    expect(await users.find(user.id)).toEqual(row);
    expect(await sessions.listLive(database.em, user.id)).toHaveLength(1);
  });
});

describe('credentials: a password that is changed while the old one is being compared', () => {
  /** Ann is signed in twice; the other session changes the password in the middle of what this one does. */
  async function startWithTwo() {
    const service = await startLimited();
    const other = await service.api.signIn(ANN);
    argon2.afterNextVerify = async () => {
      const answer = await service.api.put('/me/password', changed, other.access_token);
      expect(answer.status).toBe(204);
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
