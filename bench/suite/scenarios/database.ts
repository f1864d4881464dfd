// bench/suite/scenarios/database.ts: bytes per session, after many rotations and with a million of sessions, and what a refresh takes then.
import { join } from 'node:path';
import { createCaller } from '../../caller.ts';
import type { Environment } from '../../pinned-service.ts';
import { makePeople, moveIn, signIn } from '../../town.ts';
import { prepare } from '../contest.ts';
import { contestant, latchkeyEnvironment, type Place, sqliteUrl } from '../contestants.ts';
import { type Load, startLoad } from '../load-process.ts';
import { type Bar, type Column, finite, judge, medians, type Result, type Row } from '../result.ts';
import { LATCHKEY, startServer } from '../server-process.ts';
import type { Surroundings } from '../surroundings.ts';
import { multiply, sealTokens, weigh } from './full-database.ts';

const SMALL = 1000;
const USERS = 32;
/** Of the sessions that are refreshed in the full database. */
const REFRESHED = 20_000;
/** A page is 4096 bytes; what is less than a few pages in all is not growth. */
const NO_GROWTH_BYTES = 512;

const columns: Column[] = [
  { key: 'grown', title: 'bytes per session, added by rotations', digits: 0 },
  { key: 'perSession', title: 'bytes per session', digits: 0 },
  { key: 'sessionRow', title: 'of them the session', digits: 0 },
  { key: 'userRow', title: 'bytes per user', digits: 0 },
  { key: 'rate', title: 'refreshes/s', digits: 0 },
  { key: 'p50', title: 'p50 ms', digits: 2 },
  { key: 'p99', title: 'p99 ms', digits: 2 },
];

export async function runDatabase(around: Surroundings): Promise<Result> {
  const load = startLoad();
  try {
    const rotated = [
      await rotate('latchkey', 'latchkey.db', load, around),
      await rotate('oidc-sqlite', 'oidc.db', load, around),
    ];
    const rows = [...rotated, ...(await compareSizes(load, around))];
    const { rotations, sessions } = around.sizes;
    return {
      name: 'database',
      title: 'The database',
      note: `${USERS} sessions rotated ${rotations} times each; then ${SMALL} and ${sessions} sessions, two for each user, each with the audit event of its sign-in.`,
      columns,
      rows,
      bars: barsOf(rows),
      plot: 'grown',
    };
  } finally {
    await load.stop();
  }
}

/** Bytes that rotations add to each session. */
async function rotate(name: string, file: string, load: Load, around: Surroundings): Promise<Row> {
  around.say(`database: ${name} rotates`);
  const place = await around.place('0');
  const who = contestant(name);
  const running = await who.start(place);
  try {
    await prepare({ name: 'refresh', users: USERS }, who, running, load);
    const before = weigh(join(place.folder, file)).bytes;
    await load.repeat(name, around.sizes.rotations);
    const grown = (weigh(join(place.folder, file)).bytes - before) / USERS;
    return { contestant: `${name}, rotated`, figures: { grown }, rounds: [] };
  } finally {
    await running.stop();
  }
}

interface Filled {
  readonly name: string;
  readonly env: Environment;
  readonly tokens: readonly string[];
  readonly figures: Record<string, number>;
}

async function compareSizes(load: Load, around: Surroundings): Promise<Row[]> {
  const sizes = [SMALL, around.sizes.sessions];
  const filled: Filled[] = [];
  for (const sessions of sizes) filled.push(await fill(sessions, await around.place('0'), around));
  const servers = await Promise.all(filled.map(({ env }) => startServer({ file: LATCHKEY, env, cores: '0' })));
  try {
    for (const [index, { name, tokens }] of filled.entries()) {
      const url = servers[index]?.url ?? '';
      await load.prepare({ kind: 'prepare tokens', name, url, facts: {}, tokens: [...tokens], users: USERS });
    }
    return await refreshInTurns(filled, load, around);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function fill(sessions: number, { folder }: Place, { say }: Surroundings): Promise<Filled> {
  const name = `latchkey, ${sessions} sessions`;
  say(`database: ${name} are made`);
  const env = latchkeyEnvironment(folder, sqliteUrl(folder));
  const file = join(folder, 'latchkey.db');
  await signInOnce(env, folder);
  const [before, ids] = [weigh(file), multiply(file, sessions)];
  const after = weigh(file);
  const grown = (table: string) => ((after.tables[table] ?? 0) - (before.tables[table] ?? 0)) / sessions;
  const figures = {
    perSession: grown('sessions') + grown('audit_events'),
    sessionRow: grown('sessions'),
    userRow: 2 * grown('users'),
  };
  return { name, env, tokens: sealTokens(env.SECRETS ?? '', ids, REFRESHED), figures };
}

async function signInOnce(env: Environment, folder: string): Promise<void> {
  const [person] = makePeople(1);
  if (!person) throw new Error('There is nobody.');
  await moveIn([person], env, folder);
  const server = await startServer({ file: LATCHKEY, env, cores: '0' });
  const { status, body } = await signIn(createCaller(server.url, 'new'), person).finally(server.stop);
  if (status !== 200) throw new Error(`Nobody can sign in: ${body}`);
}

async function refreshInTurns(filled: readonly Filled[], load: Load, { sizes, say }: Surroundings): Promise<Row[]> {
  const rounds = filled.map((): Record<string, number>[] => []);
  for (const { name } of filled) await load.run(name, 2 * sizes.warmUpSeconds);
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const [index, { name }] of filled.entries()) {
      say(`database: round ${round + 1} of ${sizes.rounds}, ${name}`);
      const { count, seconds, p50, p99 } = await load.run(name, sizes.seconds);
      rounds[index]?.push({ rate: count / seconds, p50, p99 });
    }
  }
  return filled.map(({ name, figures }, index) => {
    const of = rounds[index] ?? [];
    return { contestant: name, figures: { ...figures, ...medians(of) }, rounds: of };
  });
}

function barsOf(rows: readonly Row[]): Bar[] {
  const [rotated = '', , small = '', big = ''] = rows.map(({ contestant: name }) => name);
  const claim = { relation: 'at most', of: big, unit: 'bytes' } as const;
  return [
    judge(rows, { ...claim, what: 'growth by rotations', figure: 'grown', of: rotated, limit: NO_GROWTH_BYTES }),
    judge(rows, { ...claim, what: 'bytes per live session', figure: 'perSession', limit: 1000 }),
    judge(rows, {
      ...claim,
      what: 'a refresh with all sessions to one with few',
      figure: 'p50',
      to: small,
      limit: 1.2,
      unit: 'x',
    }),
  ].map((bar) => ({ ...bar, measured: finite(bar.measured ?? Number.NaN) }));
}
