import { expect, test } from 'vitest';
import { AuthError } from '../../src/errors.ts';
import type { Limit, Limiter } from '../../src/platform/limiter.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from './failures.ts';

const exhausted: Limiter = async (limit) => {
  if (limit !== 'none') throw new AuthError('rate_limited', { retryAfterSeconds: 7 });
};

test('rate limit: a used-up budget is 429 with Retry-After, before anything else is looked at', async () => {
  const { api, endpoints, database } = await startService({ limiter: exhausted });
  await database.em.execute('drop table users');
  const limited = endpoints.filter(({ limit }) => limit !== 'none');
  expect(limited.length).toBeGreaterThan(0);
  for (const { method, path, failures, operationId } of limited) {
    const headers = { Authorization: CANARY, 'Content-Type': 'text/plain' };
    const body = method === 'get' ? null : CANARY.repeat(2000);
    const answer = await api.send(method.toUpperCase(), path.replaceAll(/:\w+/g, CANARY), { headers, body });
    const code = failures === 'oauth' ? 'temporarily_unavailable' : 'rate_limited';
    expectFailure(answer, failures, 429, code, operationId);
    expect(answer.headers.get('retry-after'), operationId).toBe('7');
  }
});

test('rate limit: what says whether we live and how to verify our tokens is never limited', async () => {
  const { api } = await startService({ limiter: exhausted });
  for (const path of ['/livez', '/readyz', '/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
    expect(await api.get(path), path).toMatchObject({ status: 200 });
  }
});

test('rate limit: a limiter without an opinion on when to come back says in a second', async () => {
  const limiter: Limiter = () => Promise.reject(new AuthError('rate_limited'));
  const { api } = await startService({ limiter });
  expect((await api.form('/token', {})).headers.get('retry-after')).toBe('1');
});

test('rate limit: a limiter that breaks down is our trouble', async () => {
  const limiter: Limiter = () => Promise.reject(Object.assign(new Error(CANARY), { code: 'ECONNREFUSED' }));
  const { api } = await startService({ limiter });
  expectFailure(await api.form('/token', {}), 'oauth', 503, 'temporarily_unavailable');
});

test('rate limit: each call draws on one budget, under the address of the socket', async () => {
  const calls: [limit: Limit, network: string][] = [];
  const limiter: Limiter = async (limit, { ip }) => void calls.push([limit, ip]);
  const { api } = await startService({ limiter });
  const headers = { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9' };
  await api.form('/token', {}, headers);
  await api.send('GET', '/me', { headers });
  await api.send('GET', '/livez', { headers });
  const here = '127.0.0.1';
  expect(calls).toEqual([
    ['password', here],
    ['none', here],
    ['none', here],
  ]);
});

test('rate limit: a wrong path, a wrong method and OPTIONS draw on none', async () => {
  const { api } = await startService({ limiter: () => Promise.reject(new AuthError('rate_limited')) });
  expect(await api.get('/nowhere')).toMatchObject({ status: 404 });
  expect(await api.get('/token')).toMatchObject({ status: 405 });
  expect(await api.send('OPTIONS', '/token')).toMatchObject({ status: 204 });
});
