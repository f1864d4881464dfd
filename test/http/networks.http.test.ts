// How requests of one network are counted, as a proxy forwards them.
import { expect, test } from 'vitest';
import type { Api } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

const env = { RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' };
/** Mails that one /64 may ask for in an hour. */
const ALLOWED = 30;

function askFrom(api: Api, forwardedFor: string) {
  return api.post('/password-reset', { email: 'nobody@example.com' }, { 'X-Forwarded-For': forwardedFor });
}

async function statusesFrom(api: Api, addresses: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const address of addresses) statuses.push((await askFrom(api, address)).status);
  return statuses;
}

const times = <Value>(count: number, make: (at: number) => Value) => Array.from({ length: count }, (_, at) => make(at));

test('networks: the addresses of a /56 share a budget, and leave the rest of the /48 its own', async () => {
  const { api } = await startService({ env });
  const inOne = (at: number) => `2001:db8:1:${(0x2200 + (at % 256)).toString(16)}::${at}`;
  const statuses = await statusesFrom(api, times(4 * ALLOWED + 1, inOne));
  expect(statuses.filter((status) => status === 202)).toHaveLength(4 * ALLOWED);
  expect(statuses.at(-1)).toBe(429);
  expect(await statusesFrom(api, ['2001:db8:1:2300::1', '2001:db8:2::1'])).toEqual([202, 202]);
});

test('networks: an IPv4 address is one network, whatever port, spelling or NAT64 it comes by', async () => {
  const { api } = await startService({ env });
  const spellings = ['203.0.113.7', '203.0.113.7:51234', '[::ffff:203.0.113.7]:443', '64:ff9b::203.0.113.7'];
  const statuses = await statusesFrom(
    api,
    times(ALLOWED + 4, (at) => spellings[at % spellings.length] ?? ''),
  );
  expect(statuses.slice(0, ALLOWED)).toEqual(times(ALLOWED, () => 202));
  expect(statuses.slice(ALLOWED)).toEqual([429, 429, 429, 429]);
  expect(await statusesFrom(api, ['203.0.113.8:51234'])).toEqual([202]);
});

test('networks: an entry that is no address is in the log, once', async () => {
  const lines: string[] = [];
  const { api } = await startService({ env, onLog: (line) => lines.push(line) });
  for (const entry of ['unknown', 'unknown, unknown', '198.51.100.1, _hidden']) await askFrom(api, entry);
  const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
  expect(warnings).toMatchObject([{ entry: 'unknown', count: 1, msg: expect.stringContaining('X-Forwarded-For') }]);
});

test('networks: what an untrusted peer forwards is neither read nor logged', async () => {
  const lines: string[] = [];
  const { api } = await startService({ env: { RATE_LIMITS: 'on' }, onLog: (line) => lines.push(line) });
  for (const entry of ['unknown', '\u00ff']) expect((await askFrom(api, entry)).status).toBe(202);
  expect(lines.filter((line) => line.includes('X-Forwarded-For'))).toEqual([]);
});
