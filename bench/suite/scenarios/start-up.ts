// bench/suite/scenarios/start-up.ts: from the start of the process to its first good answer.
import { get } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../../test/harness/postgres-server.ts';
import type { Environment } from '../../pinned-service.ts';
import { latchkeyEnvironment, peerEnvironment, sqliteUrl } from '../contestants.ts';
import { type Column, judge, median, type Result, type Row } from '../result.ts';
import { LATCHKEY, spawnPinned, stopChild } from '../server-process.ts';
import type { Surroundings } from '../surroundings.ts';

const CORES = '0,1';
const DEADLINE_MS = 60_000;
const POLL_MS = 2;

interface Starter {
  readonly name: string;
  readonly file: string;
  readonly ready: string;
  readonly env: (folder: string) => Environment;
}

const server = (name: string, file: string, ready: string, databaseUrl = ''): Starter => ({
  name,
  file: `bench/servers/${file}`,
  ready,
  env: (folder) => peerEnvironment(folder, databaseUrl),
});

const starters: readonly Starter[] = [
  {
    name: 'latchkey',
    file: LATCHKEY,
    ready: '/readyz',
    env: (folder) => latchkeyEnvironment(folder, sqliteUrl(folder)),
  },
  server('koa', 'koa.ts', '/'),
  server('oidc-sqlite', 'oidc.ts', '/jwks', 'sqlite'),
  server('better-auth', 'better-auth.ts', '/api/auth/ok'),
];

const columns: Column[] = [
  { key: 'first', title: 'first start s', digits: 2 },
  { key: 'start', title: 'start s', digits: 2 },
];

export async function runStartUp({ sizes, say, place }: Surroundings): Promise<Result> {
  const entrants = await Promise.all(
    starters.map(async (starter) => {
      const { folder } = await place(CORES);
      return {
        starter,
        env: { ...starter.env(folder), SECRET: 'a secret that is long enough for everybody' },
        times: [] as number[],
      };
    }),
  );
  // The first start makes the database; it is told apart.
  for (let round = 0; round <= 2 * sizes.rounds; round += 1) {
    for (const { starter, env, times } of entrants) {
      say(`start-up: round ${round} of ${2 * sizes.rounds}, ${starter.name}`);
      times.push(await timeStart(starter, env));
    }
  }
  const rows = entrants.map(({ starter: { name }, times: [first = Number.NaN, ...later] }): Row => {
    return { contestant: name, figures: { first, start: median(later) }, rounds: later.map((start) => ({ start })) };
  });
  return {
    name: 'start-up',
    title: 'Start-up',
    note: 'From starting the process to the first 200, asked for every two milliseconds. The first start makes the database.',
    columns,
    rows,
    plot: 'start',
    bars: [judge(rows, { what: 'start', figure: 'start', of: 'latchkey', relation: 'at most', limit: 0.6, unit: 's' })],
  };
}

async function timeStart({ file, ready }: Starter, env: Environment): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawnPinned({ file, env: { ...env, PORT: String(port) }, cores: CORES }, 'ignore');
  try {
    while (!(await isReady(port, ready))) {
      if (performance.now() - startedAt > DEADLINE_MS) throw new Error(`${file} does not answer.`);
      await setTimeout(POLL_MS);
    }
    return (performance.now() - startedAt) / 1000;
  } finally {
    await stopChild(child);
  }
}

function isReady(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}
