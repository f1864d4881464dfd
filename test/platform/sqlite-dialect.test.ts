import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import type { Disk } from '../../src/platform/file-sync.ts';
import { createSqlite } from '../../src/platform/sqlite-dialect.ts';
import { newFolder } from '../harness/folder.ts';
import { openDisk } from '../harness/held-disk.ts';

interface Tables {
  things: { id: number; ready: boolean | number };
  parts: { id: number; thing_id: number };
}

/** A database in a file of its own, and its path, for a second connection. */
async function openThings(disk?: Disk) {
  const path = join(newFolder(), 'things.db');
  const { dialect, log } = createSqlite(path, disk);
  const database = new Kysely<Tables>({ dialect });
  onTestFinished(() => database.destroy());
  await sql`create table things (id integer primary key, ready integer not null)`.execute(database);
  await sql`create table parts (id integer primary key, thing_id integer references things (id))`.execute(database);
  return { database, path, settled: log.settled };
}

/** Another process, as far as SQLite can tell; it does not wait for a lock. */
function openSecond(path: string) {
  const second = new Database(path, { timeout: 0 });
  onTestFinished(() => void second.close());
  return second;
}

async function pragma(database: Kysely<Tables>, name: string): Promise<unknown> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database);
  return Object.values(rows[0] ?? {})[0];
}

test('sqlite: a statement by itself is on the disk when it returns; a transaction waits beside the event loop', async () => {
  const disk = openDisk();
  const { database, settled } = await openThings(disk);
  expect(await pragma(database, 'journal_mode')).toBe('wal');
  expect(await pragma(database, 'synchronous')).toBe(1); // normal: the log is synced by us, and by SQLite before it is taken over
  const before = disk.count();
  await database.selectFrom('things').selectAll().execute();
  expect(disk.count()).toBe(before);
  await database.insertInto('things').values({ id: 1, ready: true }).execute();
  expect(disk.count()).toBe(before + 1);
  await database.updateTable('things').set({ ready: false }).returning('id').execute();
  expect(disk.count()).toBe(before + 2);
  await database.transaction().execute(async (tx) => {
    for (const id of [2, 3]) await tx.insertInto('things').values({ id, ready: true }).execute();
  });
  expect(disk.count()).toBe(before + 2);
  await settled();
  expect(disk.count()).toBe(before + 3);
});

test('sqlite: a statement waits for the lock of another process', async () => {
  const { database } = await openThings();
  expect(await pragma(database, 'busy_timeout')).toBe(5_000);
});

test('sqlite: a row cannot point to one that is not there', async () => {
  const { database } = await openThings();
  expect(await pragma(database, 'foreign_keys')).toBe(1);
  const orphan = database.insertInto('parts').values({ id: 1, thing_id: 404 }).execute();
  await expect(orphan).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' });
});

test('sqlite: booleans are stored as numbers and found by either', async () => {
  const { database } = await openThings();
  const values = [
    { id: 1, ready: true },
    { id: 2, ready: false },
  ];
  await database.insertInto('things').values(values).execute();
  const find = (ready: boolean) => database.selectFrom('things').selectAll().where('ready', '=', ready).execute();
  expect(await find(true)).toEqual([{ id: 1, ready: 1 }]);
  expect(await find(false)).toEqual([{ id: 2, ready: 0 }]);
});

test('sqlite: one statement serves many values, read and written in turn', async () => {
  const { database } = await openThings();
  const ids = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const id of ids) await database.insertInto('things').values({ id, ready: true }).execute();
  const found = ids.map((id) => database.selectFrom('things').select('id').where('id', '=', id).execute());
  expect(await Promise.all(found)).toEqual(ids.map((id) => [{ id }]));
});

test('sqlite: more kinds of statement than are kept still work', async () => {
  const { database } = await openThings();
  const select = async (number: number) => {
    const { rows } = await sql<{ n: number }>`select ${sql.lit(number)} as n`.execute(database);
    return rows[0]?.n;
  };
  for (let number = 0; number < 510; number += 1) expect(await select(number)).toBe(number);
  expect(await select(0)).toBe(0);
});

test('sqlite: a stream is read row by row', async () => {
  const { database } = await openThings();
  await database.insertInto('things').values({ id: 1, ready: true }).execute();
  const seen: unknown[] = [];
  for await (const row of database.selectFrom('things').selectAll().where('ready', '=', true).stream()) seen.push(row);
  expect(seen).toEqual([{ id: 1, ready: 1 }]);
});

test('sqlite: a transaction has the write lock from its first word', async () => {
  const { database, path } = await openThings();
  const second = openSecond(path);
  const insert = second.prepare('insert into things values (1, 1)');
  await database.transaction().execute(async () => {
    expect(() => insert.run()).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    expect(second.prepare('select * from things').all()).toEqual([]); // readers are not kept out
  });
  expect(insert.run().changes).toBe(1);
});

test('sqlite: what a transaction has read, nobody has changed when it writes', async () => {
  const { database, path } = await openThings();
  await database.insertInto('things').values({ id: 1, ready: false }).execute();
  const second = openSecond(path);
  await database.transaction().execute(async (tx) => {
    await tx.selectFrom('things').selectAll().execute();
    expect(() => second.exec('update things set ready = 1')).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    await tx.updateTable('things').set({ ready: true }).execute();
  });
});

test('sqlite: a transaction that fails leaves nothing', async () => {
  const { database } = await openThings();
  const failing = database.transaction().execute(async (tx) => {
    await tx.insertInto('things').values({ id: 1, ready: true }).execute();
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await database.selectFrom('things').selectAll().execute()).toEqual([]);
});

test('sqlite: what was committed is there when the file is opened again', async () => {
  const { database, path } = await openThings();
  await database.insertInto('things').values({ id: 7, ready: true }).execute();
  await database.destroy();
  expect(openSecond(path).prepare('select id from things').all()).toEqual([{ id: 7 }]);
});
