// platform/sqlite-dialect.ts: Kysely on better-sqlite3, the way a durable service needs it.
import type Database from 'better-sqlite3';
import { SqliteDialect, type SqliteStatement } from 'kysely';
import { type Checkpoint, createCheckpoint } from './checkpoint.ts';
import { createFileSync, type Disk, type FileSync } from './file-sync.ts';
import { once } from './once.ts';
import { openPrivate } from './private-file.ts';
import type { ReadNow } from './statement.ts';

/** How long a statement waits for another process's write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
const MAX_CACHED_STATEMENTS = 500;
/**
 * Pages of the log after which a commit takes it over into the database, and waits for the disk on the spot. It does not come
 * to that where somebody sees to `checkpoint`.
 */
const CHECKPOINT_PAGES = 10_000;
export const IN_MEMORY = ':memory:';

export interface Sqlite {
  readonly dialect: SqliteDialect;
  readonly readNow: ReadNow;
  /** Whoever commits a transaction has to wait for it; a statement outside of one has waited when it returns. */
  readonly log: FileSync;
  readonly checkpoint: () => Pick<Checkpoint, 'due' | 'run'>;
  /** False when something could not be written to the disk. */
  isSound(): boolean;
}

/**
 * Opens `path` on first use (`:memory:` for a database that dies with the process).
 *
 * What was answered is durable, as with `synchronous = full`, with which SQLite would wait for the disk after each commit,
 * and the whole process with it. So it does not (`normal`), and the log is synced beside the event loop (`settled`).
 *
 * Prepared statements are kept, because preparing costs several times more than running, and a transaction takes the write
 * lock when it begins, because a read lock cannot be upgraded once another writer has committed (SQLITE_BUSY_SNAPSHOT).
 *
 * There are no statistics (`analyze`, `pragma optimize`), on purpose: those of a database that was small when it was last
 * closed make SQLite look through whole tables when they have grown. Without them it goes by the indexes.
 */
export function createSqlite(path: string, disk?: Disk): Sqlite {
  const syncOf = (name: string) => (path === IN_MEMORY ? nowhere : createFileSync(name, disk));
  const [file, log] = [syncOf(path), syncOf(`${path}-wal`)];
  const isSound = () => file.isSound() && log.isSound();
  const database = once(() => openDatabase({ path, file, log, isSound }));
  return {
    dialect: new SqliteDialect({ database: async () => database() }),
    readNow: (sql, parameters) => database().readNow(sql, parameters),
    log,
    checkpoint: () => database().checkpoint,
    isSound,
  };
}

const nowhere: FileSync = { settled: async () => {}, settle: () => {}, isSound: () => true, close: () => {} };

interface Files {
  readonly path: string;
  readonly file: FileSync;
  readonly log: FileSync;
  readonly isSound: () => boolean;
}

function openDatabase({ path, file, log, isSound }: Files) {
  const database = openPrivate(path, { timeout: BUSY_TIMEOUT_MS });
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = normal');
  database.pragma('foreign_keys = on');
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const checkpoint = createCheckpoint({ database, path, file, log, isSound });
  const statements = new Map<string, SqliteStatement>();

  function prepare(sql: string): SqliteStatement {
    const known = statements.get(sql);
    if (known) return known;
    const statement = settling(database.prepare(sql === 'begin' ? 'begin immediate' : sql));
    if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
    statements.set(sql, statement);
    return statement;
  }

  /** What writes outside a transaction waits for the disk on the spot. */
  function settling(statement: Database.Statement): SqliteStatement {
    const bound = bindingBooleans(statement);
    if (statement.readonly) return bound;
    const afterwards = <Result>(result: Result): Result => {
      if (!database.inTransaction) log.settle();
      return result;
    };
    return {
      ...bound,
      all: (parameters) => afterwards(bound.all(parameters)),
      run: (parameters) => afterwards(bound.run(parameters)),
    };
  }

  function readNow(sql: string, parameters: readonly unknown[]): unknown[] | null {
    return database.inTransaction ? null : prepare(sql).all(parameters);
  }

  /**
   * The files at last: a process that closes one of its own loses the locks that it has on it. https://www.sqlite.org/howtocorrupt.html
   *
   * When something may not have got to the disk, nothing is closed: whoever closes last takes the log over and deletes it, and
   * the next start needs it to find out what is really there.
   */
  function close(): void {
    if (!isSound()) return;
    checkpoint.close();
    database.close();
    log.close();
    file.close();
  }

  return { prepare, readNow, checkpoint, close };
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
