// Three instances that are started at once where nothing has ever been, again and again.
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { migrations } from '../migrations/list.ts';
import { openDatabase } from '../src/database.ts';
import { SigningKey } from '../src/keys/signing-key.ts';
import { createLogger } from '../src/platform/logger.ts';
import { createDatabase, dropDatabase } from './harness/postgres-databases.ts';
import { startProcess } from './harness/process.ts';
import { onPostgres } from './harness/service.ts';

const TIMES = 10;
const INSTANCES = 3;

/** A database without a single table. */
async function newEmptyDatabase(): Promise<string> {
  const serverUrl = inject('postgresUrl');
  if (serverUrl === null) throw new Error('There is no PostgreSQL.');
  const name = `latchkey_test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(serverUrl, name, 'template0');
  onTestFinished(() => dropDatabase(serverUrl, name));
  return `${serverUrl}/${name}`;
}

async function statusesOf(url: string): Promise<number[]> {
  return Promise.all(['/livez', '/readyz'].map(async (path) => (await fetch(url + path)).status));
}

async function publishedAt(url: string): Promise<unknown> {
  return (await fetch(`${url}/.well-known/jwks.json`)).json();
}

describe.runIf(onPostgres)('start: three instances at once on an empty PostgreSQL', () => {
  const attempts = Array.from({ length: TIMES }, (_, n) => n + 1);
  test.each(attempts)('attempt %i: all are ready, with one schema and one key', { timeout: 60_000 }, async () => {
    const DATABASE_URL = await newEmptyDatabase();
    const running = await Promise.all(Array.from({ length: INSTANCES }, () => startProcess({ DATABASE_URL })));
    for (const { url } of running) expect(await statusesOf(url)).toEqual([200, 200]);
    const database = await openDatabase(DATABASE_URL, createLogger('error'));
    onTestFinished(database.close);
    expect(await database.orm.migrator.getExecuted()).toHaveLength(migrations.length);
    const keys = await database.em.fork().findAll(SigningKey);
    expect(keys).toHaveLength(1);
    const published = { keys: [expect.objectContaining({ kid: keys[0]?.kid })] };
    for (const { url } of running) expect(await publishedAt(url)).toEqual(published);
    for (const { child } of running) expect(child.exitCode).toBe(null);
  });
});
