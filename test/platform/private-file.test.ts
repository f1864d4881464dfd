// The files of SQLite are read by their owner alone, in any folder and under any umask.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import BetterSqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openPrivate } from '../../src/platform/private-file.ts';
import { PASSWORD } from '../harness/api.ts';
import { newFolder } from '../harness/folder.ts';

const files = ['latchkey.db', 'latchkey.db-shm', 'latchkey.db-wal', 'latchkey.db.limits', 'latchkey.db.limits-shm'];
const all = [...files, 'latchkey.db.limits-wal', 'latchkey.db.lock'];

const modesIn = (folder: string) =>
  readdirSync(folder).map((name) => [name, `0${(statSync(join(folder, name)).mode & 0o777).toString(8)}`]);

/** A folder that everybody may read, as an operator would make it. */
function newOpenFolder(): string {
  const folder = join(newFolder(), 'data');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  return folder;
}

/** The service in a process of its own, with a umask that takes nothing away. */
async function startIn(folder: string) {
  const env = { PATH: process.env.PATH, PORT: '0', SECRETS: 'x'.repeat(32), DATABASE_URL: 'sqlite:./latchkey.db' };
  const command = ['-c', 'umask 0; exec "$@"', 'sh', process.execPath, resolve('src/main.ts')];
  const child = spawn('sh', command, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  for await (const line of createInterface(child.stdout)) {
    const [, port] = /"port":(\d+).*"msg":"listening"/.exec(line) ?? [];
    if (port) return { url: `http://127.0.0.1:${port}`, kill };
  }
  throw new Error('The service ended before it listened.');
}

async function signUp(url: string, email: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ email, password: PASSWORD });
  expect((await fetch(`${url}/signup`, { method: 'POST', headers, body })).status).toBe(201);
}

test('private file: under umask 0 in a folder of mode 0755, every file of the service has mode 0600', async () => {
  const folder = newOpenFolder();
  const { url } = await startIn(folder);
  await signUp(url, 'ada@example.com');
  expect(modesIn(folder)).toEqual(all.toSorted().map((name) => [name, '0600']));
});

test('private file: files with wider modes, also those of a crash, are tightened at the start', async () => {
  const folder = newOpenFolder();
  const before = await startIn(folder);
  await signUp(before.url, 'ada@example.com');
  await before.kill();
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o666);
  expect(readdirSync(folder)).toContain('latchkey.db-wal');
  await startIn(folder);
  expect(modesIn(folder)).toEqual(all.toSorted().map((name) => [name, '0600']));
});

test('private file: to tighten a file that is open takes no lock from it', () => {
  const path = join(newFolder(), 'open.db');
  const holder = new BetterSqlite(path);
  onTestFinished(() => void holder.close());
  holder.pragma('journal_mode = wal');
  holder.exec('create table things (id integer); begin immediate; insert into things values (1)');
  chmodSync(path, 0o644);
  const other = openPrivate(path, { timeout: 0 });
  onTestFinished(() => void other.close());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(() => other.exec('insert into things values (2)')).toThrow(/locked/);
});

test('private file: a file that its owner alone can use is left as it is', () => {
  const path = join(newFolder(), 'strict.db');
  writeFileSync(path, '', { mode: 0o700 });
  openPrivate(path, {}).close();
  expect(statSync(path).mode & 0o777).toBe(0o700);
});
