// platform/checkpoint.ts: takes the write-ahead log of SQLite over into the database, and waits for the disk beside the event
// loop. SQLite does it within a commit, and whoever commits waits with all the process for the pages of the whole database.
import BetterSqlite, { type Database } from 'better-sqlite3';
import { z } from 'zod';
import type { FileSync } from './file-sync.ts';

/** Pages that are not in the database. To copy so many takes some milliseconds, in which nobody is answered; a page that changed twice is copied once. */
const WORTH_IT = 1_000;
/** Pages of the log from its beginning. It begins anew when all of them are in the database, which they never are while somebody writes. */
const LONG = 5_000;

const Progress = z.object({ log: z.number(), checkpointed: z.number() });

/** Runs the work while nobody else has the connection: no transaction is open, and none begins. */
export type Alone = <Result>(work: () => Promise<Result>) => Promise<Result>;

export interface Checkpoint {
  /** What is worth it: nothing, the pages, or to let the log begin anew. Not to be asked within a transaction (SQLITE_LOCKED). */
  due(): 'nothing' | 'pages' | 'new log';
  /**
   * Takes over all that is committed now. It needs to be alone for as long as the pages are copied; whoever stays alone for
   * longer, until it is over, has a log that begins anew. Rejects when something could not be written: the log is kept then.
   */
  run(alone: Alone): Promise<void>;
  close(): void;
}

interface Parts {
  readonly database: Database;
  readonly path: string;
  readonly log: FileSync;
  readonly file: FileSync;
  /** False when something could not be written to the disk. */
  readonly isSound: () => boolean;
}

export function createCheckpoint({ database, path, log, file, isSound }: Parts): Checkpoint {
  const progress = database.prepare('pragma wal_checkpoint(noop)');
  let reader: Database | undefined;

  function due(): ReturnType<Checkpoint['due']> {
    if (!isSound() || reader?.inTransaction) return 'nothing';
    const pages = Progress.parse(progress.get());
    const missing = pages.log - pages.checkpointed;
    if (missing > 0 && pages.log >= LONG) return 'new log';
    return missing >= WORTH_IT ? 'pages' : 'nothing';
  }

  /**
   * A page may get into the database when its log is on the disk, and the log may be written over when the database is. In
   * between, a reader holds on to the log as it is now: nothing newer is taken over, whatever is written meanwhile, and
   * nobody, no other process either, begins the log anew. https://www.sqlite.org/wal.html#concurrency
   */
  async function run(alone: Alone): Promise<void> {
    const letGo = holdLog();
    await log.settled();
    await alone(async () => copyPages());
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
  function copyPages(): void {
    database.pragma('synchronous = off');
    try {
      database.pragma('wal_checkpoint(passive)');
    } finally {
      database.pragma('synchronous = normal');
    }
  }

  return { due, run, close: () => void reader?.close() };
}

/** For whoever is alone already. */
export const aloneAnyway: Alone = (work) => work();
