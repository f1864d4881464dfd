// platform/checkpoint.ts: takes the write-ahead log of SQLite over into the database, and waits for the disk beside the event
// loop. SQLite does it within a commit, and whoever commits waits with all the process for the pages of the whole database.
import BetterSqlite, { type Database } from 'better-sqlite3';
import { z } from 'zod';
import type { FileSync } from './file-sync.ts';

/** Pages of the log. To copy so many takes some milliseconds, in which nobody is answered; a page that changed twice is copied once. */
const WORTH_IT = 1_000;

const Progress = z.object({ log: z.number(), checkpointed: z.number() });

export interface Checkpoint {
  /** Whether the log has become so long that it is worth it. Not to be asked within a transaction (SQLITE_LOCKED). */
  isDue(): boolean;
  /** Has to have the connection for itself. Rejects when something could not be written: the log is kept then. */
  run(): Promise<void>;
  close(): void;
}

interface Parts {
  readonly database: Database;
  readonly path: string;
  readonly log: FileSync;
  readonly file: FileSync;
}

export function createCheckpoint({ database, path, log, file }: Parts): Checkpoint {
  const progress = database.prepare('pragma wal_checkpoint(noop)');
  let reader: Database | undefined;

  function isDue(): boolean {
    if (!log.isSound() || !file.isSound()) return false;
    const pages = Progress.parse(progress.get());
    return pages.log - pages.checkpointed >= WORTH_IT;
  }

  /**
   * A page may get into the database when its log is on the disk, and the log may be written over when the database is. In
   * between, a reader holds on to the log as it is now: nothing newer is taken over, and nobody, no other process
   * either, begins the log anew. https://www.sqlite.org/wal.html#concurrency
   */
  async function run(): Promise<void> {
    const letGo = holdLog();
    await log.settled();
    takeOver();
    await file.settled();
    letGo();
  }

  /** A transaction is a snapshot from the first time that it reads. One that was not let go, since something failed, goes on. */
  function holdLog(): () => void {
    const holder = reader ?? new BetterSqlite(path, { timeout: 0 });
    reader = holder;
    if (!holder.inTransaction) holder.exec('begin');
    holder.pragma('schema_version');
    return () => holder.exec('commit');
  }

  /** SQLite itself waits for nothing meanwhile. */
  function takeOver(): void {
    database.pragma('synchronous = off');
    try {
      database.pragma('wal_checkpoint(passive)');
    } finally {
      database.pragma('synchronous = normal');
    }
  }

  return { isDue, run, close: () => void reader?.close() };
}
