// platform/sqlite-dialect.ts: Kysely on better-sqlite3, the way a durable service needs it.
import Database from 'better-sqlite3';
import { SqliteDialect, type SqliteStatement } from 'kysely';
import { once } from './once.ts';
import type { ReadNow } from './statement.ts';

/** How long a statement waits for another process's write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
const MAX_CACHED_STATEMENTS = 500;

export interface Sqlite {
  readonly dialect: SqliteDialect;
  readonly readNow: ReadNow;
}

/**
 * Opens `path` on first use (`:memory:` for a database that dies with the process).
 *
 * Every commit is synced to disk (`synchronous = full`): what was answered is durable. Prepared statements are kept,
 * because preparing costs several times more than running, and a transaction takes the write lock when it begins,
 * because a read lock cannot be upgraded once another writer has committed (SQLITE_BUSY_SNAPSHOT).
 *
 * There are no statistics (`analyze`, `pragma optimize`), on purpose: those of a database that was small when it was last
 * closed make SQLite look through whole tables when they have grown. Without them it goes by the indexes.
 */
export function createSqlite(path: string): Sqlite {
  const database = once(() => openDatabase(path));
  return {
    dialect: new SqliteDialect({ database: async () => database() }),
    readNow: (sql, parameters) => database().readNow(sql, parameters),
  };
}

function openDatabase(path: string) {
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.pragma('foreign_keys = on');
  const statements = new Map<string, SqliteStatement>();

  function prepare(sql: string): SqliteStatement {
    const known = statements.get(sql);
    if (known) return known;
    const statement = bindingBooleans(database.prepare(sql === 'begin' ? 'begin immediate' : sql));
    if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
    statements.set(sql, statement);
    return statement;
  }

  function readNow(sql: string, parameters: readonly unknown[]): unknown[] | null {
    return database.inTransaction ? null : prepare(sql).all(parameters);
  }

  return { prepare, readNow, close: () => void database.close() };
}

/** SQLite has no booleans, and better-sqlite3 refuses to guess. */
function bindingBooleans(statement: Database.Statement): SqliteStatement {
  const bind = (parameters: readonly unknown[]) =>
    parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
  return {
    reader: statement.reader,
    all: (parameters) => statement.all(bind(parameters)),
    run: (parameters) => statement.run(bind(parameters)),
    iterate: (parameters) => statement.iterate(bind(parameters)),
  };
}
