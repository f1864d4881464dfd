// platform/sqlite-in-use.ts: whether somebody has an SQLite database open.
import Database from 'better-sqlite3';
import { errorCode } from './database-errors.ts';

/**
 * In WAL mode every connection holds a shared lock on the file for as long as it lives, whether it does anything or
 * not, so that the file cannot be had alone: https://sqlite.org/pragma.html#pragma_locking_mode. Throws
 * SQLITE_CANTOPEN where there is no such file.
 */
export function isInUse(path: string): boolean {
  const database = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    database.pragma('locking_mode = exclusive');
    database.exec('begin exclusive; rollback');
    return false;
  } catch (error) {
    if (error instanceof Error && errorCode(error)?.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    database.close();
  }
}
