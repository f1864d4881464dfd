// test/harness/backups.ts: a copy of a whole database, and the way back to it. Nobody may use the database meanwhile.
import { copyFileSync, rmSync } from 'node:fs';
import { inject, onTestFinished } from 'vitest';
import { createDatabase, dropDatabase } from './postgres-databases.ts';

/** Gives back how to put the copy in the place of the database. */
export async function takeBackup(databaseUrl: string): Promise<() => Promise<void>> {
  const serverUrl = inject('postgresUrl');
  return serverUrl === null
    ? backupOfFile(databaseUrl.slice('sqlite:'.length))
    : backupOnServer(serverUrl, new URL(databaseUrl).pathname.slice(1));
}

/** A database that was closed in order is one file. */
function backupOfFile(path: string) {
  const copy = `${path}.backup`; // in the folder of the test, and gone with it
  copyFileSync(path, copy);
  return async () => {
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    copyFileSync(copy, path);
  };
}

async function backupOnServer(serverUrl: string, name: string) {
  const copy = `${name}_backup`;
  await createDatabase(serverUrl, copy, name);
  onTestFinished(() => dropDatabase(serverUrl, copy));
  return async () => {
    await dropDatabase(serverUrl, name);
    await createDatabase(serverUrl, name, copy);
  };
}
