// test/harness/postgres-setup.ts: before the PostgreSQL half of the suite: a server, and a migrated database to copy.
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/database.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createPostgresCounters } from '../../src/platform/postgres-counters.ts';
import { createDatabase, dropAll, TEMPLATE } from './postgres-databases.ts';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the server, without a database; null while the suite runs on SQLite. */
    postgresUrl: string | null;
  }
}

export async function setup(project: TestProject) {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { url: given.replace(/\/$/, ''), stop: async () => {} } : await startPostgres();
  await dropAll(server.url);
  await createDatabase(server.url, TEMPLATE, 'template0');
  const database = await openDatabase(`${server.url}/${TEMPLATE}`, createLogger('error'));
  await database.prepare(createPostgresCounters(database.em).prepare);
  await database.close();
  project.provide('postgresUrl', server.url);
  return async () => {
    if (given) await dropAll(server.url);
    await server.stop();
  };
}
