// How often a signed-in user may do what costs the service something.
import { describe, expect, test } from 'vitest';
import { AuditEvent, type AuditEventType } from '../../src/audit/audit-event.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { anyone } from '../../src/http/guard.ts';
import { describeContract } from '../../src/openapi.ts';
import { type Answer, bearer } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { startThrottled, type Throttled } from '../users/throttled.ts';
import { expectFailure } from './failures.ts';

const NO_SESSION = '0199aaaa-0000-7000-8000-000000000000';

type Call = (world: Pick<Throttled, 'api'>, token: string, n: number) => Promise<Answer>;

const quotas: [operation: string, times: number, call: Call, status: number][] = [
  ['updateMe', 30, ({ api }, token, n) => api.patch('/me', { name: `Ann ${n}` }, token), 200],
  ['listSessions', 60, ({ api }, token) => api.get('/me/sessions', token), 200],
  [
    'endSession',
    60,
    ({ api }, token) => api.send('DELETE', `/me/sessions/${NO_SESSION}`, { headers: bearer(token) }),
    404,
  ],
];

describe('quota', () => {
  test.each(quotas)('%s: %i in a minute for each user', async (_, times, call, status) => {
    const world = await startThrottled();
    const { api, pass, tokens } = world;
    const token = tokens.access_token;
    for (let n = 0; n < times; n += 1) expect((await call(world, token, n)).status).toBe(status);
    const refusal = await call(world, token, times);
    expectFailure(refusal, 'problem', 429, 'rate_limited');
    expect(refusal.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    const other = await api.signUp({ email: 'bob@example.com' });
    expect((await call(world, other.tokens.access_token, 0)).status).toBe(status);
    pass(60);
    expect((await call(world, token, 0)).status).toBe(status);
  });

  test('of one user is one over all sessions, and over any number of calls at once', async () => {
    const { api, tokens } = await startThrottled();
    const second = await api.signIn('ann@example.com');
    const all = Array.from({ length: 100 }, (_, n) =>
      api.patch('/me', { name: `Ann ${n}` }, n % 2 ? tokens.access_token : second.access_token),
    );
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(70);
  });

  test('refuses before anything else is done: nothing is read, changed or recorded', async () => {
    const { api, tokens, users, user, database } = await startThrottled();
    for (let n = 0; n < 30; n += 1) await api.patch('/me', { name: 'Ann' }, tokens.access_token);
    const look = async () => [await users.find(user.id), await database.em.fork().findAll(AuditEvent)];
    const before = await look();
    for (const body of ['{"name":"Eve"}', 'no JSON']) {
      const headers = { ...bearer(tokens.access_token), 'Content-Type': 'application/json' };
      expect((await api.send('PATCH', '/me', { headers, body })).status).toBe(429);
    }
    expect(await look()).toEqual(before);
  });

  test('does not hold up a logout, nor a refresh, nor a look at oneself', async () => {
    const { api, tokens } = await startThrottled();
    for (let n = 0; n < 70; n += 1) await api.get('/me/sessions', tokens.access_token);
    for (let n = 0; n < 70; n += 1) await api.me(tokens.access_token);
    const next = await api.refresh(tokens.refresh_token);
    expect((await api.post('/logout', {}, bearer(next.access_token))).status).toBe(204);
  });

  test('is off where limits are', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    for (let n = 0; n < 40; n += 1) {
      expect((await api.patch('/me', { name: `Ann ${n}` }, tokens.access_token)).status).toBe(200);
    }
  });
});

describe('quota: what a token can be used for again and again', () => {
  const count = ({ database }: Pick<Throttled, 'database'>, type: AuditEventType) =>
    database.em.fork().count(AuditEvent, { type });

  test('access tokens of one user are revoked sixty times in a minute, and the session still can be', async () => {
    const world = await startThrottled();
    const { api, tokens, pass } = world;
    const revoke = async (token: string) => (await api.form('/revoke', { token })).status;
    const { access_token: second } = await api.signIn('ann@example.com');
    for (let n = 0; n < 60; n += 1) expect(await revoke(n % 2 ? tokens.access_token : second)).toBe(200);
    const refusal = await api.form('/revoke', { token: second });
    expectFailure(refusal, 'oauth', 429, 'temporarily_unavailable');
    expect(await count(world, 'access_token.revoked')).toBe(60);
    pass(60);
    expect(await revoke(second)).toBe(200);
    for (let n = 0; n < 59; n += 1) await revoke(second);
    expect(await revoke(second)).toBe(429);
    expect(await revoke(tokens.refresh_token)).toBe(200);
    expect((await api.tryRefresh(tokens.refresh_token)).status).toBe(400);
  });

  test('a refresh token that another client presents is recorded ten times in an hour', async () => {
    const world = await startThrottled({ clients: [secondClient] });
    const { api, tokens, pass } = world;
    const present = () => api.tryRefresh(tokens.refresh_token, { client: secondClient.id });
    for (let n = 0; n < 15; n += 1) expect((await present()).status).toBe(400);
    expect(await count(world, 'refresh_token.of_another_client')).toBe(10);
    pass(3600);
    await present();
    expect(await count(world, 'refresh_token.of_another_client')).toBe(11);
  });
});

test('quota: whatever a signed-in user can write declares one, or asks for the password', async () => {
  const { endpoints } = await startService();
  const isOfUser = ({ guard, path }: Endpoint) => guard !== anyone && path.startsWith('/me');
  const writing = endpoints.filter((endpoint) => isOfUser(endpoint) && endpoint.method !== 'get');
  expect(Object.fromEntries(writing.map(({ operationId, limit, quota }) => [operationId, quota ?? limit]))).toEqual({
    changeEmail: 'password',
    changePassword: 'password',
    deleteMe: 'password',
    endSession: 'session_end',
    updateMe: 'profile',
  });
});

test('quota: the contract says which operations have one', async () => {
  const { endpoints } = await startService();
  const contract = JSON.stringify(
    describeContract(
      endpoints.filter(({ quota }) => quota !== undefined),
      '/',
    ),
  );
  const { paths }: { paths: Record<string, Record<string, { responses: object }>> } = JSON.parse(contract);
  const responses = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(responses).toHaveLength(3);
  for (const operation of responses) expect(Object.keys(operation.responses)).toContain('429');
});
