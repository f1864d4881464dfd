// The README of the SDK: its code is run as printed, against the package as it is built.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '../harness/service.ts';

const run = promisify(execFile);
const readme = readFileSync('sdk/README.md', 'utf8');

/** The code blocks of a section. */
function codeOf(title: string): string[] {
  const [, rest = ''] = readme.split(`\n## ${title}\n`);
  const [section = ''] = rest.split('\n## ');
  return [...section.matchAll(/```[jt]s\n([\s\S]*?)```/g)].map(([, code = '']) => code);
}

/** An app that has the package installed. */
async function createApp(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sdk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const installed = join(folder, 'node_modules');
  const sdk = join(installed, 'latchkey-sdk');
  mkdirSync(sdk, { recursive: true });
  cpSync('sdk/package.json', join(sdk, 'package.json'));
  const { dependencies } = JSON.parse(readFileSync('sdk/package.json', 'utf8'));
  for (const name of [...Object.keys(dependencies), 'openapi-typescript-helpers'])
    symlinkSync(resolve('node_modules', name), join(installed, name));
  await tsc(['-p', 'sdk', '--outDir', join(sdk, 'dist')]);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

const tsc = (parameters: string[], cwd = '.') =>
  run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...parameters], { cwd });

test('sdk readme: the code runs, and type-checks, as printed', { timeout: 180_000 }, async () => {
  const { api } = await startService();
  const folder = await createApp();
  const [session = ''] = codeOf('A browser session in ten lines');
  const [client = ''] = codeOf('Every operation');
  const printed = [];
  for (const [name, code] of [
    ['session.js', session],
    ['client.ts', client],
  ] as const) {
    writeFileSync(join(folder, name), code.replaceAll('http://localhost:3000', api.baseUrl));
    const { stdout } = await run(process.execPath, [name], { cwd: folder });
    printed.push(stdout.trim().split('\n'));
  }
  expect(printed).toEqual([
    ['signed in as ada@example.com', 'sessions: 1', 'signed out: logged_out'],
    ['token_missing'],
  ]);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom'];
  await tsc([...options, 'client.ts'], folder);
});

test('sdk readme: what the other README shows of it is in it, word for word', () => {
  const [, rest = ''] = readFileSync('README.md', 'utf8').split('\n## The SDK\n');
  const [section = ''] = rest.split('\n## ');
  const shown = [...section.matchAll(/```js\n[\s\S]*?```/g)].map(([block]) => block);
  expect(shown).toHaveLength(2);
  for (const block of shown) expect(readme).toContain(block);
});

test('sdk readme: ten lines are ten lines', () => {
  const [session = ''] = codeOf('A browser session in ten lines');
  expect(session.split('\n').filter((line) => line !== '')).toHaveLength(10);
});

test('sdk readme: every call of a session is in its table', () => {
  for (const name of [
    'signUp',
    'signIn',
    'signOut',
    'changePassword',
    'currentUser',
    'fetch',
    'accessToken',
    'on',
    'close',
  ])
    expect(readme).toContain(`| \`${name}(`);
});
