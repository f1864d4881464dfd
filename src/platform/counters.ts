// platform/counters.ts: where budgets are counted: in a file beside an SQLite database, in PostgreSQL, or in Redis.
import { existsSync, rmSync } from 'node:fs';
import type { SqlEntityManager } from '@mikro-orm/sql';
import BetterSqlite, { type Database, type Statement } from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRedis, RateLimiterSQLite } from 'rate-limiter-flexible';
import { z } from 'zod';
import { budgetOf, type OpenBudget } from './budget.ts';
import { systemClock } from './clock.ts';
import type { Logger } from './logger.ts';

export const LIMITS_TABLE = 'rate_limits';
/** What SQLite calls the log beside a database. */
const LOG = '-wal';
/** A Redis that takes longer to count than this counts as gone, in milliseconds. */
const REDIS_DEADLINE_MS = 500;
const LIST = `select key, points, expire from ${LIMITS_TABLE}`;

const Counts = z.array(
  z.object({
    key: z.string(),
    points: z.number(),
    /** Milliseconds of the epoch, which PostgreSQL gives as text; null for ever. */
    expire: z.coerce.number().nullable(),
  }),
);

export type Counts = z.output<typeof Counts>;

export interface Counters {
  readonly open: OpenBudget;
  /** Connects, and makes what has to be there. */
  prepare(): Promise<void>;
  /** What moves when the database does: nothing of Redis, which stays where it is. */
  list(): Promise<Counts>;
  /** Leaves alone what is counted there already. */
  add(counts: Counts): Promise<void>;
  /** Deletes up to that many counters whose window is over, and says how many there were. */
  sweep(limit: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Counts for all processes of one machine, and over restarts. Not in the database itself: that has one writer, and
 * durability that an attack should not be able to spend. Here nothing waits for the disk: a crash of the machine, and that
 * alone, may forget what was counted.
 */
export function createFileCounters(path: string, log: Logger): Counters {
  let opened: Database | undefined;
  const statements = new Map<string, Statement>();

  function database(): Database {
    opened ??= openFile(path, log);
    return opened;
  }

  function prepare(sql: string): Statement {
    const statement = statements.get(sql) ?? database().prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  /** What is counted is counted by one statement, which is its own transaction. */
  const client = { prepare, transaction: <Work>(work: Work) => work };
  const store = { storeClient: client, storeType: 'better-sqlite3', tableName: LIMITS_TABLE, tableCreated: true };
  return {
    open: ({ name, points, seconds }) =>
      budgetOf(new RateLimiterSQLite({ ...store, keyPrefix: name, points, duration: seconds })),
    prepare: async () => void database(),
    list: async () => Counts.parse(prepare(LIST).all()),
    async add(counts) {
      const insert = prepare(`insert into ${LIMITS_TABLE} values (?, ?, ?) on conflict do nothing`);
      database().transaction(() => {
        for (const { key, points, expire } of counts) insert.run(key, points, expire);
      })();
    },
    sweep: async (limit) => prepare(sweepSql('?', '?')).run(systemClock().getTime(), limit).changes,
    close: async () => void opened?.close(),
  };
}

function openFile(path: string, log: Logger): Database {
  if (wasLeftOpen(path) && !isIntact(path)) {
    log.warn({ path }, 'what was counted against limits did not survive a crash: counting begins anew');
    for (const file of [path, `${path}${LOG}`, `${path}-shm`]) rmSync(file, { force: true });
  }
  const database = new BetterSqlite(path, { timeout: 1_000 });
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = off');
  database.exec(
    `create table if not exists ${LIMITS_TABLE} (key text primary key, points integer not null default 0, expire integer)`,
  );
  return database;
}

/** Whoever closes it last takes the log away. */
const wasLeftOpen = (path: string) => existsSync(`${path}${LOG}`);

function isIntact(path: string): boolean {
  const database = new BetterSqlite(path);
  try {
    return database.pragma('integrity_check(1)', { simple: true }) === 'ok';
  } catch {
    return false; // it is too far gone to be looked through
  } finally {
    database.close();
  }
}

/** Counts for all instances. The table is no part of what the service remembers, and of no migration. */
export function createPostgresCounters(em: SqlEntityManager): Counters {
  const kysely = em.getKysely();
  const client = {
    async query({ text, values = [] }: { text: string; values?: readonly unknown[] }) {
      const { rows } = await kysely.executeQuery(CompiledQuery.raw(text, [...values]));
      return { rows, rowCount: rows.length };
    },
  };
  const table = { tableName: LIMITS_TABLE, tableCreated: true, clearExpiredByTimeout: false };
  const store = { storeClient: client, storeType: 'client', ...table };
  const columns = 'key varchar(255) primary key, points integer not null default 0, expire bigint';
  return {
    open: ({ name, points, seconds }) =>
      budgetOf(new RateLimiterPostgres({ ...store, keyPrefix: name, points, duration: seconds })),
    prepare: async () => void (await client.query({ text: `create table if not exists ${LIMITS_TABLE} (${columns})` })),
    list: async () => Counts.parse((await client.query({ text: LIST })).rows),
    async add(counts) {
      const values = [
        counts.map(({ key }) => key),
        counts.map(({ points }) => points),
        counts.map(({ expire }) => expire),
      ];
      const rows = 'select * from unnest($1::text[], $2::int[], $3::bigint[])';
      await client.query({ text: `insert into ${LIMITS_TABLE} ${rows} on conflict do nothing`, values });
    },
    async sweep(limit) {
      const values = [systemClock().getTime(), limit];
      return (await client.query({ text: `${sweepSql('$1', '$2')} returning 1`, values })).rowCount;
    },
    close: async () => {},
  };
}

function sweepSql(now: string, limit: string): string {
  const over = `select key from ${LIMITS_TABLE} where expire < ${now} limit ${limit}`;
  return `delete from ${LIMITS_TABLE} where key in (${over})`;
}

/**
 * Counts for all instances. While Redis is away each instance counts for itself: an attack gets as many tries as there
 * are instances times what it had, and nobody else notices.
 */
export async function createRedisCounters(url: string, log: Logger): Promise<Counters> {
  const redis = await openRedis(url);
  let isAway = false;
  redis.on('ready', () => {
    if (isAway) log.info('redis is back: instances count together');
    isAway = false;
  });
  redis.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'redis is away: each instance counts for itself');
    isAway = true;
  });
  return {
    open: ({ name, points, seconds }) => {
      const allowance = { keyPrefix: name, points, duration: seconds };
      const insuranceLimiter = new RateLimiterMemory(allowance);
      return budgetOf(
        new RateLimiterRedis({ ...allowance, storeClient: redis, rejectIfRedisNotReady: true, insuranceLimiter }),
      );
    },
    prepare: () => redis.connect().catch(() => {}), // it goes on trying, and has said so
    list: async () => [],
    add: async () => {},
    sweep: async () => 0, // it forgets by itself
    close: async () => redis.disconnect(),
  };
}

export interface Place {
  readonly redisUrl: string | null;
  /** `sqlite:<path>` or `postgres://...`. */
  readonly databaseUrl: string;
}

/** In Redis if there is one; else in the database that instances share; else in a file beside the database. */
export async function openCounters({ redisUrl, databaseUrl }: Place, em: SqlEntityManager, log: Logger) {
  if (redisUrl !== null) return createRedisCounters(redisUrl, log);
  if (!databaseUrl.startsWith('sqlite:')) return createPostgresCounters(em);
  const path = databaseUrl.slice('sqlite:'.length);
  return createFileCounters(path === ':memory:' ? path : `${path}.limits`, log);
}

async function openRedis(url: string) {
  const { Redis } = await import('ioredis');
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: REDIS_DEADLINE_MS,
    commandTimeout: REDIS_DEADLINE_MS,
    retryStrategy: (attempts) => Math.min(attempts * 100, 2_000),
  });
}

export async function isRedisReachable(url: string): Promise<boolean> {
  const redis = await openRedis(url);
  redis.on('error', () => {}); // that is the answer
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
