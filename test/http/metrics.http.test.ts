import { expect, test } from 'vitest';
import { startService } from '../harness/service.ts';
import { expectFailure } from './failures.ts';

test('metrics: whoever has the token reads how busy the hashing lane is', async () => {
  const { api } = await startService({ env: { METRICS_TOKEN: 'token-of-the-monitoring' } });
  await api.signUp();
  const { status, headers, text } = await api.get('/metrics', 'token-of-the-monitoring');
  expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/plain; charset=utf-8' });
  expect(text).toContain('latchkey_hashes_running 0');
  expect(text).toContain('latchkey_hashes_waiting 0');
  expect(text).toMatch(/latchkey_hash_wait_seconds_count [1-9]/);
});

test.each([
  ['another token', 'token-of-somebody-else'],
  ['part of it', 'token-of-the-monitorin'],
])('metrics: nobody reads them with %s', async (_, token) => {
  const { api } = await startService({ env: { METRICS_TOKEN: 'token-of-the-monitoring' } });
  expectFailure(await api.get('/metrics', token), 'problem', 401, 'invalid_token');
});

test('metrics: where no token is configured, nobody reads them', async () => {
  const { api } = await startService();
  expectFailure(await api.get('/metrics', 'undefined'), 'problem', 401, 'invalid_token');
  expectFailure(await api.get('/metrics'), 'problem', 401, 'token_missing');
});

test('metrics: a token that can be guessed is none', async () => {
  await expect(startService({ env: { METRICS_TOKEN: 'fifteen letters' } })).rejects.toThrow(/METRICS_TOKEN/);
});
