// bench/servers/sqlite.ts: SQLite as Latchkey has it: what was answered is on the disk.
import Database from 'better-sqlite3';

export function openDurable(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.pragma('foreign_keys = on');
  return database;
}
