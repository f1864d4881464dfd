// platform/file-counters.ts: counts budgets in a file beside an SQLite database.
import { existsSync, rmSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import { RateLimiterSQLite } from 'rate-limiter-flexible';
import { budgetOf } from './budget.ts';
import { systemClock } from './clock.ts';
import { type Counters, Counts, LIMITS_TABLE, LIST_SQL, sweepSql } from './counters.ts';
import type { Logger } from './logger.ts';
import { openPrivate } from './private-file.ts';

/** What SQLite calls the log beside a database. */
const LOG = '-wal';

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
    list: async () => Counts.parse(prepare(LIST_SQL).all()),
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
  const database = openPrivate(path, { timeout: 1_000 });
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
  const database = openPrivate(path, {});
  try {
    return database.pragma('integrity_check(1)', { simple: true }) === 'ok';
  } catch {
    return false; // it is too far gone to be looked through
  } finally {
    database.close();
  }
}
