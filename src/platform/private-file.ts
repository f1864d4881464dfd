// platform/private-file.ts: opens SQLite files so that no other user of the machine can read them, whatever the umask and
// the mode of the folder. They hold password hashes, addresses and who tried to sign in.
import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import BetterSqlite, { type Database, type Options } from 'better-sqlite3';
import { OperatorError } from '../errors.ts';
import { errorCode } from './database-errors.ts';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const IN_MEMORY = ':memory:';

/** Throws OperatorError when other users can read a file and we may not change that. */
export function openPrivate(path: string, options: Options): Database {
  if (path !== IN_MEMORY) {
    create(path);
    // SQLite gives the log and its index the mode of the database when it creates them. These may be older.
    for (const name of [path, `${path}-wal`, `${path}-shm`]) tighten(name);
  }
  return new BetterSqlite(path, options);
}

/**
 * Only where there is no file yet: to open and close one that SQLite has open in this process would drop its locks.
 * https://www.sqlite.org/howtocorrupt.html
 */
function create(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function tighten(path: string): void {
  try {
    if ((statSync(path).mode & OTHERS) !== 0) chmodSync(path, OWNER_ONLY);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return; // the log is gone when another process has closed the database
    throw new OperatorError(
      `Other users can read ${path}, and this user may not change that. Run chmod 600 as its owner.`,
    );
  }
}
