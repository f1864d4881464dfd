import { expect, test } from 'vitest';
import { secondClient } from '../harness/clients.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';

const ENOUGH = 300;

/** The warnings of a start, on a database where a client has tokens that live so long. */
async function warningsOf(env: Record<string, string>, accessTokenSeconds: number | null = null): Promise<string[]> {
  const databaseUrl = await newDurableDatabase();
  const shared = { databaseUrl, env: { ISSUER: 'http://localhost:3000', ...env } };
  const before = await startService({ ...shared, clients: [{ ...secondClient, accessTokenSeconds }] });
  await before.stop();
  const lines: { level: number; msg: string }[] = [];
  await startService({ ...shared, onLog: (line) => lines.push(JSON.parse(line)) });
  return lines.filter(({ level }) => level === 40).map(({ msg }) => msg);
}

test.each<[string, Record<string, string>, (number | null)?]>([
  ['as it is by default', {}],
  ['of a client that has enough', {}, ENOUGH],
  ['without a grace', { REFRESH_GRACE: '0', ACCESS_TOKEN_TTL: '1s' }, 1],
  ['with less of a grace', { REFRESH_GRACE: '10s', ACCESS_TOKEN_TTL: '100s' }],
])('access token: a life %s is not warned of', async (_, env, seconds) => {
  expect(await warningsOf(env, seconds)).toEqual([]);
});

test('access token: a life that is too short for the grace is warned of in one line, with its setting and value', async () => {
  expect(await warningsOf({ ACCESS_TOKEN_TTL: '299s' })).toEqual([
    'With REFRESH_GRACE=30s, ACCESS_TOKEN_TTL=299s is too short: a thief can refresh in step with the owner of a session, unnoticed. Set it to 300s or more, or lower REFRESH_GRACE.',
  ]);
  const [warning, ...others] = await warningsOf({ ACCESS_TOKEN_TTL: '1m', REFRESH_GRACE: '1m' }, 59);
  expect(warning).toContain('ACCESS_TOKEN_TTL=60s, access_token_seconds=59 of the client notes-app is too short');
  expect(warning).toContain('Set it to 600s');
  expect(others).toEqual([]);
});

test('access token: clients are told to refresh at a moment between half and nine tenths of its life', async () => {
  const { api } = await startService();
  const { tokens } = await api.signUp();
  const answers = await Promise.all(Array.from({ length: 100 }, () => api.refresh(tokens.refresh_token)));
  const moments = answers.map(({ refresh_after }) => refresh_after);
  expect(Math.min(...moments)).toBeGreaterThanOrEqual(0.5 * ENOUGH);
  expect(Math.max(...moments)).toBeLessThan(0.9 * ENOUGH);
  // Of a hundred, at least one misses the outer quarters once in 10^12.
  expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(0.2 * ENOUGH);
});
