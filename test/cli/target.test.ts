// The URL of the target of a copy: a password in it never comes from an argument, and is never shown.
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readTarget } from '../../src/cli/target.ts';
import { newFolder } from '../harness/folder.ts';
import { latchkeyWith } from '../harness/latchkey.ts';
import { startService } from '../harness/service.ts';

const PASSWORD = 'pa55-of-the-database';
const URL_WITH_PASSWORD = `postgres://latchkey:${PASSWORD}@db.example/latchkey`;

const terminal = { env: {}, stdin: Readable.from([]), out: () => {}, err: () => {}, fail: () => {} };

test('database copy: --to with a password is refused, says why, and does not repeat it', async () => {
  const urls = [
    URL_WITH_PASSWORD,
    `postgres://latchkey@db.example/latchkey?sslmode=require&password=${PASSWORD}`,
    `postgres://latchkey:${PASSWORD}@/latchkey`,
    `postgresql://:${PASSWORD}@db.example/latchkey`,
  ];
  for (const url of urls) {
    const env = { DATABASE_URL: `sqlite:${newFolder()}/latchkey.db` };
    const { stdout, stderr, code } = await latchkeyWith(env, ['database', 'copy', '--to', url]);
    expect([stdout, code], url).toEqual(['', 1]);
    expect(stderr, url).toMatch(/^--to (holds a password.*--to-env.*--to-stdin|is not a URL that can be read)/);
    expect(stderr).not.toContain(PASSWORD);
  }
});

test.each([
  ['--to-env', URL_WITH_PASSWORD],
  ['--to-env', 'NOT_SET'],
  ['--to-env', ''],
])('database copy: %s %s is refused in a line that repeats no password', async (option, value) => {
  const env = { DATABASE_URL: `sqlite:${newFolder()}/latchkey.db` };
  const { stderr, code } = await latchkeyWith(env, ['database', 'copy', option, value]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^(--to-env takes the name of|The environment variable NOT_SET is not set)/);
  expect(stderr).not.toContain(PASSWORD);
});

test('database copy: a URL without a password may be an argument', async () => {
  for (const to of ['postgres://latchkey@db.example/latchkey', 'sqlite:./copy.db']) {
    expect(await readTarget(terminal, { to })).toBe(to);
  }
});

test('database copy: the URL comes from a variable, from standard input or from a prompt that shows nothing', async () => {
  const env = { TARGET_URL: URL_WITH_PASSWORD };
  expect(await readTarget({ ...terminal, env }, { toEnv: 'TARGET_URL' })).toBe(URL_WITH_PASSWORD);
  const stdin = Readable.from([`${URL_WITH_PASSWORD}\n`, 'more\n']);
  expect(await readTarget({ ...terminal, stdin }, { toStdin: true })).toBe(URL_WITH_PASSWORD);

  const shown: string[] = [];
  const keyboard = Object.assign(new Readable({ read: () => {} }), { isTTY: true });
  const said = { out: (text: string) => void shown.push(text), err: (text: string) => void shown.push(text) };
  const asked = readTarget({ ...terminal, ...said, stdin: keyboard }, { toStdin: true });
  await setTimeout(0);
  keyboard.push(`${URL_WITH_PASSWORD}\r`);
  expect(await asked).toBe(URL_WITH_PASSWORD);
  expect(shown.join('')).toBe('URL of the target database: \n');
});

test('database copy: with no target, two targets or an empty input, nothing is copied', async () => {
  const env = { DATABASE_URL: `sqlite:${newFolder()}/latchkey.db`, TARGET_URL: URL_WITH_PASSWORD };
  const run = (...words: string[]) => latchkeyWith(env, ['database', 'copy', ...words]);
  expect((await run()).stderr).toMatch(/^Give exactly one of --to-env <name>, --to-stdin and --to <url>\./);
  expect((await run('--to-env', 'TARGET_URL', '--to-stdin')).stderr).toMatch(/^Give exactly one of /);
  expect((await run('--to-stdin')).stderr).toMatch(/^There is no URL of the target database on standard input\./);
});

test('database copy: a copy into the database that a variable names arrives', async () => {
  const from = `sqlite:${newFolder()}/latchkey.db`;
  const service = await startService({ databaseUrl: from });
  await service.api.signUp();
  await service.stop();
  const env = { DATABASE_URL: from, TARGET_URL: `sqlite:${newFolder()}/copy.db`, SECRETS: 'x'.repeat(32) };
  const { stdout, code } = await latchkeyWith(env, ['database', 'copy', '--to-env', 'TARGET_URL']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^users +1 +1 +the same$/m);
});
