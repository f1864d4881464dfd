import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { isInUse } from '../../src/platform/sqlite-in-use.ts';
import { newFolder } from '../harness/folder.ts';

const newPath = () => join(newFolder(), 'some.db');

function openIdle(path: string) {
  const database = new BetterSqlite(path);
  database.pragma('journal_mode = wal');
  database.exec('create table if not exists things (name text)');
  database.exec("insert into things values ('kept')");
  return database;
}

test('sqlite in use: an idle connection of this process is noticed, and goes on as before', () => {
  const path = newPath();
  const database = openIdle(path);
  expect(isInUse(path)).toBe(true);
  database.exec("insert into things values ('another')");
  database.close();
  expect(isInUse(path)).toBe(false);
  const again = new BetterSqlite(path, { readonly: true });
  expect(again.prepare('select name from things').pluck().all()).toEqual(['kept', 'another']);
  again.close();
});

const idler = `
  const database = new (require('better-sqlite3'))(process.argv[1]);
  database.prepare('select * from things').all();
  console.log('open');
  process.stdin.resume();
`;

test('sqlite in use: one of another process is noticed, and one that has died without closing is none', async () => {
  const path = newPath();
  openIdle(path).close();
  const child = spawn(process.execPath, ['-e', idler, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(isInUse(path)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isInUse(path)).toBe(false);
});

test('sqlite in use: a file that is not there is not made', () => {
  const path = newPath();
  expect(() => isInUse(path)).toThrow(expect.objectContaining({ code: 'SQLITE_CANTOPEN' }));
  expect(() => isInUse(path)).toThrow();
});
