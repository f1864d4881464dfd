import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { migrations } from '../migrations/list.ts';
import { openDatabase } from '../src/database.ts';
import { SigningKey } from '../src/keys/signing-key.ts';
import { createLogger } from '../src/platform/logger.ts';
import { newFolder } from './harness/folder.ts';
import { createDatabase, dropDatabase } from './harness/postgres-databases.ts';
import { startProcess } from './harness/process.ts';
import { onPostgres, startService } from './harness/service.ts';

/** A database without a single table. */
async function newEmptyDatabase(): Promise<string> {
  const serverUrl = inject('postgresUrl');
  if (serverUrl === null) return `sqlite:${newFolder()}/latchkey.db`;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(serverUrl, name, 'template0');
  onTestFinished(() => dropDatabase(serverUrl, name));
  return `${serverUrl}/${name}`;
}

async function open(url: string, onLog = (_: string) => {}) {
  const database = await openDatabase(url, createLogger('info', { write: onLog }));
  onTestFinished(() => database.close());
  return database;
}

const nothing = async () => {};

describe('database: migrations', () => {
  test('make the schema that the entities describe', async () => {
    const { orm, prepare } = await open(await newEmptyDatabase());
    await prepare(nothing);
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  });

  test('run once, and tell the log', async () => {
    const url = await newEmptyDatabase();
    const log: string[] = [];
    const first = await open(url, (line) => log.push(line));
    await first.prepare(nothing);
    expect(log).toEqual([expect.stringContaining('"msg":"migrated"')]);
    const second = await open(url, (line) => log.push(line));
    await second.prepare(nothing);
    expect(log).toHaveLength(1);
    expect(await second.orm.migrator.getExecuted()).toHaveLength(migrations.length);
  });

  test('are done when the work that needs them begins', async () => {
    const { em, prepare } = await open(await newEmptyDatabase());
    const counts: number[] = [];
    await prepare(async () => void counts.push(await em.fork().count(SigningKey)));
    expect(counts).toEqual([0]);
  });

  test('keep the data of the release before', async () => {
    const databaseUrl = await newEmptyDatabase();
    const before = await startService({ databaseUrl });
    const { user } = await before.api.signUp();
    await before.stop();
    const after = await startService({ databaseUrl });
    expect(await after.users.find(user.id)).toMatchObject({ email: user.email });
  });
});

test('database: three instances that start at once on an empty one migrate once and share one key', async () => {
  const DATABASE_URL = await newEmptyDatabase();
  const instances = await Promise.all([0, 1, 2].map(() => startProcess({ DATABASE_URL })));
  const published = instances.map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).json());
  const [first, ...others] = await Promise.all(published);
  expect(first).toMatchObject({ keys: [{ kid: expect.any(String) }] });
  expect(others).toEqual([first, first]);
  const { em, orm } = await open(DATABASE_URL);
  expect(await orm.migrator.getExecuted()).toHaveLength(migrations.length);
  expect(await em.fork().findAll(SigningKey)).toHaveLength(1);
});

describe('database: one instance at a time prepares', () => {
  test('and a failure does not keep the next one out', async () => {
    const url = await newEmptyDatabase();
    const first = await open(url);
    const fail = () => Promise.reject(new Error('no key could be made'));
    await expect(first.prepare(fail)).rejects.toThrow('no key could be made');
    const second = await open(url);
    await second.prepare(nothing);
    await first.prepare(nothing);
  });

  test.runIf(onPostgres)('while the others wait', async () => {
    const url = await newEmptyDatabase();
    const story: string[] = [];
    const prepare = async (name: string) => {
      const { em, prepare } = await open(url);
      await prepare(async () => {
        story.push(`${name} begins`);
        for (let turn = 0; turn < 20; turn += 1) await em.execute('select 1');
        story.push(`${name} ends`);
      });
    };
    await Promise.all(['a', 'b', 'c'].map(prepare));
    const order = story.filter((_, index) => index % 2 === 0).map((line) => line.charAt(0));
    expect(story).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(order.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test.skipIf(onPostgres)('while the lock beside the file is held', async () => {
    const url = await newEmptyDatabase();
    const { prepare } = await open(url);
    const other = new BetterSqlite(`${url.slice('sqlite:'.length)}.lock`, { timeout: 0 });
    onTestFinished(() => void other.close());
    const enter = () => other.exec('begin exclusive');
    await prepare(async () => {
      expect(enter).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    });
    enter();
  });
});

describe('database: what must be unique is', () => {
  const profile = { givenName: null, familyName: null, name: null, locale: null, zoneinfo: null };
  const ann = {
    email: { address: 'Ann@example.com', canonical: 'ann@example.com' },
    username: 'Ann',
    profile,
    passwordHash: 'x',
  };

  test.each([
    ['an address in its canonical form', { ...ann, username: null }],
    [
      'a user name without its case',
      { ...ann, email: { address: 'b@b.example', canonical: 'b@b.example' }, username: 'ANN' },
    ],
  ])('%s', async (_, twin) => {
    const { database, users } = await startService();
    await database.em.transactional((tx) => users.create(tx, ann));
    const second = database.em.transactional((tx) => users.create(tx, twin));
    await expect(second).rejects.toThrow(UniqueConstraintViolationException);
  });

  test('the name of a key', async () => {
    const { em } = (await startService()).database;
    const [key] = await em.fork().findAll(SigningKey);
    if (!key) throw new Error('There is no key.');
    const { kid, algorithm, publicJwk, sealedPrivateJwk, createdAt } = key;
    const twin = { kid, algorithm, publicJwk, sealedPrivateJwk, createdAt };
    await expect(em.fork().insert(SigningKey, twin)).rejects.toThrow(UniqueConstraintViolationException);
  });
});

describe('database: reachable', () => {
  test('is one that answers', async () => {
    const { isReachable } = await open(await newEmptyDatabase());
    expect(await isReachable()).toBe(true);
  });

  test('is none that nobody serves, and a start there is refused', async () => {
    const { isReachable, prepare } = await open('postgres://postgres@127.0.0.1:1/nothing');
    expect(await isReachable()).toBe(false);
    await expect(prepare(nothing)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('database: the log is taken over when the transaction is over that is open', async () => {
  const database = await open(await newEmptyDatabase());
  const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const work = database.em.transactional(async (tx) => {
    await tx.execute('create table things (name text)');
    begun.resolve();
    await over.promise;
  });
  await begun.promise;
  const taken = database.takeOverLog();
  over.resolve();
  await Promise.all([work, taken]);
  expect(await database.em.execute('select * from things')).toEqual([]);
});

test('database: the folder of a SQLite file is made, for its owner alone', async () => {
  const folder = join(newFolder(), 'deep', 'data');
  const { prepare } = await open(`sqlite:${folder}/latchkey.db`);
  await prepare(nothing);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});
