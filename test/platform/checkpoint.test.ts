// The power is cut whenever something has got to the disk: whatever of the rest has got there too, all that was answered is there.
import { copyFileSync, readlinkSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { type Alone, aloneAnyway } from '../../src/platform/checkpoint.ts';
import type { Disk } from '../../src/platform/file-sync.ts';
import { createSqlite } from '../../src/platform/sqlite-dialect.ts';
import { newFolder } from '../harness/folder.ts';
import { openDisk } from '../harness/held-disk.ts';

/** The table has four parts, each of a few hundred pages. */
const PARTS = [0, 1, 2, 3] as const;
const ROWS_OF_PART = 1_500;

interface Tables {
  things: { id: number; part: number; at: number; rest: string };
}

async function openThings(disk: Disk) {
  const path = join(newFolder(), 'things.db');
  const sqlite = createSqlite(path, disk);
  const database = new Kysely<Tables>({ dialect: sqlite.dialect });
  onTestFinished(() => database.destroy());
  const columns = 'id integer primary key, part integer not null, at integer not null, rest text not null';
  await sql`create table things (${sql.raw(columns)})`.execute(database);
  await sql`with recursive n (id) as (select 0 union all select id + 1 from n where id < ${PARTS.length * ROWS_OF_PART - 1})
    insert into things select id, id / ${sql.lit(ROWS_OF_PART)}, 0, hex(zeroblob(500)) from n`.execute(database);

  const commit = (at: number, parts: readonly number[]) =>
    database.transaction().execute(async (tx) => {
      await tx.updateTable('things').set({ at }).where('part', 'in', parts).execute();
    });
  const checkpoint = sqlite.checkpoint();
  const alone: Alone = (work) => database.connection().execute(work);
  const takeOver = () => alone(() => checkpoint.run(aloneAnyway));
  const takeOverBeside = () => checkpoint.run(alone);
  return { path, database, ...sqlite, checkpoint, commit, takeOver, takeOverBeside };
}

/** What the parts have, of a database that is found like that. */
function found(file: string, log: string): number[] {
  const copy = join(newFolder(), 'found.db');
  copyFileSync(file, copy);
  copyFileSync(log, `${copy}-wal`);
  const database = new Database(copy);
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    const rows = database.prepare('select distinct at from things where part = ?').pluck();
    return PARTS.map((part) => {
      const values = rows.all(part);
      expect(values).toHaveLength(1);
      return Number(values[0]);
    });
  } finally {
    database.close();
  }
}

/** A file is on the platter as it was when its last sync began; what was written since may be there too, or not. */
function createPlatter() {
  const folder = newFolder();
  let whenSynced = () => {};

  function begin(descriptor: number): () => void {
    const file = readlinkSync(`/proc/self/fd/${descriptor}`);
    const kept = join(folder, basename(file));
    copyFileSync(file, `${kept}.coming`);
    return () => {
      renameSync(`${kept}.coming`, kept);
      whenSynced();
    };
  }

  async function sync(descriptor: number): Promise<void> {
    const done = begin(descriptor);
    await setImmediate();
    done();
  }

  return {
    disk: { sync, syncNow: (descriptor: number) => begin(descriptor)() },
    /** All that may be found after a power cut. */
    findings(path: string): number[][] {
      const kept = join(folder, basename(path));
      return [kept, path].flatMap((file) => [`${kept}-wal`, `${path}-wal`].map((log) => found(file, log)));
    },
    onSync(act: () => void) {
      whenSynced = act;
    },
  };
}

test('checkpoint: at any time a power cut loses nothing of what was answered, and leaves nothing half done', async () => {
  const platter = createPlatter();
  const { path, log, commit, takeOver, takeOverBeside } = await openThings(platter.disk);
  const writes: { at: number; parts: number[] }[] = [];
  const answered = [0, 0, 0, 0];
  let cuts = 0;

  function cut(): void {
    cuts += 1;
    for (const parts of platter.findings(path)) {
      for (const part of PARTS) expect(parts[part]).toBeGreaterThanOrEqual(answered[part] ?? 0);
      for (const { at, parts: whole } of writes)
        expect(new Set(whole.map((part) => (parts[part] ?? 0) >= at)).size).toBe(1);
    }
  }

  await takeOver(); // from here on the platter has all of it
  platter.onSync(cut);
  let over = Promise.resolve();
  for (let at = 1; at <= 16; at += 1) {
    const parts = at % 4 === 0 ? [0] : [at % 4, (at + 1) % 4];
    writes.push({ at, parts });
    await commit(at, parts);
    if (at % 4 === 1) await takeOver(); // before anybody has waited for the disk
    if (at % 4 === 2) over = takeOverBeside(); // while the next two are written
    await log.settled();
    for (const part of parts) answered[part] = at;
    cut();
    if (at % 4 === 0) await over;
  }
  expect(cuts).toBeGreaterThan(30);
});

test('checkpoint: while the database is not on the disk nobody begins the log anew, no other process either', async () => {
  const disk = openDisk();
  const { path, commit, takeOver } = await openThings(disk);
  const second = new Database(path, { timeout: 0 });
  onTestFinished(() => void second.close());
  const pagesOfLog = () => second.pragma('wal_checkpoint(noop)') as [{ log: number }];
  const change = second.prepare('update things set at = at + 1 where id = 1');
  await commit(1, [0]);
  const [{ log: before }] = pagesOfLog();
  disk.hold();
  const done = takeOver();
  await disk.asked(1); // of the log
  disk.release();
  await disk.asked(2); // of the database
  change.run();
  expect(pagesOfLog()).toMatchObject([{ log: before + 1 }]);
  disk.open();
  await done;
  await takeOver();
  change.run();
  expect(pagesOfLog()).toMatchObject([{ log: 1 }]);
});

test('checkpoint: it is due after a thousand pages, and not again before as many', async () => {
  const { checkpoint, commit, takeOverBeside } = await openThings(openDisk());
  await takeOverBeside();
  for (const at of [1, 2]) {
    expect(checkpoint.due()).toBe('nothing');
    await commit(at, [at]); // fewer than 500 pages
  }
  expect(checkpoint.due()).toBe('nothing');
  await commit(3, PARTS); // more than 1,000
  expect(checkpoint.due()).toBe('pages');
  const over = takeOverBeside();
  expect(checkpoint.due()).toBe('nothing'); // it is under way
  await over;
  expect(checkpoint.due()).toBe('nothing');
});

test('checkpoint: a log of five thousand pages has to begin anew, however little is missing', async () => {
  const { checkpoint, commit, takeOver, takeOverBeside } = await openThings(openDisk());
  for (const at of [1, 3, 5, 7]) {
    await commit(at, PARTS);
    const over = takeOverBeside();
    await commit(at + 1, [0]); // too late for that
    await over;
  }
  expect(checkpoint.due()).toBe('new log');
  await takeOver();
  expect(checkpoint.due()).toBe('nothing');
  await commit(9, [0]);
  expect(checkpoint.due()).toBe('nothing'); // of a log that has begun anew
});

test('checkpoint: when the database could not be written, nothing is sound, and the log is kept', async () => {
  const disk = openDisk();
  const { path, database, isSound, checkpoint, commit, takeOver } = await openThings(disk);
  const early = join(newFolder(), 'early.db');
  copyFileSync(path, early);
  await commit(1, [0, 1, 2]);
  expect(isSound()).toBe(true);
  disk.hold();
  const done = takeOver();
  await disk.asked(1);
  disk.release();
  await disk.asked(2);
  disk.fail();
  await expect(done).rejects.toMatchObject({ code: 'EIO' });
  expect(isSound()).toBe(false);
  disk.open();
  await commit(2, [3, 0]);
  expect(checkpoint.due()).toBe('nothing');
  expect(found(early, `${path}-wal`)).toEqual([2, 1, 1, 2]);
  await database.destroy(); // as an orderly stop does
  expect(found(early, `${path}-wal`)).toEqual([2, 1, 1, 2]);
});

test('checkpoint: SQLite waits for the disk again when it is over', async () => {
  const { database, takeOver } = await openThings(openDisk());
  await takeOver();
  const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(database);
  expect(rows).toEqual([{ synchronous: 1 }]);
});
