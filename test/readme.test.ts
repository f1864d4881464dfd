// The README is part of the product: its tables are compared with the code, and its tour is run as printed.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { settingNames } from '../src/environment.ts';
import { endReasons } from '../src/errors.ts';
import { failures } from '../src/http/problem.ts';
import { freePort } from './harness/postgres-server.ts';
import { startProcess } from './harness/process.ts';
import { newDurableDatabase } from './harness/service.ts';

const readme = readFileSync('README.md', 'utf8');
const SECRET = 'a secret that only the tests may know';

function section(title: string): string {
  const [, rest = ''] = readme.split(`\n## ${title}\n`);
  return rest.split('\n## ')[0] ?? '';
}

function tableRows(text: string): string[][] {
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

test('readme: the table of errors is the table in the code', () => {
  const documented = tableRows(section('Errors')).map(([code, status, oauth]) => [code, Number(status), oauth]);
  expect(documented).toEqual(Object.entries(failures).map(([code, { status, oauth }]) => [code, status, oauth]));
});

test('readme: the table of settings names every variable that is read', () => {
  expect(tableRows(section('Settings')).map(([name]) => name)).toEqual(settingNames);
});

test('readme: every reason for the end of a session is listed', () => {
  for (const reason of endReasons) expect(section('Errors')).toContain(`\`${reason}\``);
});

test('readme: every link to a file leads to one', () => {
  const targets = [...readme.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, target = '']) => target);
  for (const target of targets) expect(() => readFileSync(target), target).not.toThrow();
  expect(targets.length).toBeGreaterThan(10);
});

test('readme: every link within it leads to a heading', () => {
  const headings = [...readme.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase());
  const anchors = headings.map((title) => title.replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'));
  const targets = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target);
  expect(targets.filter((target) => !anchors.includes(target ?? ''))).toEqual([]);
});

test('readme: the tour runs as printed', async () => {
  const { url } = await startProcess({ DATABASE_URL: await newDurableDatabase() });
  const blocks = [...section('A tour').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => code);
  const script = blocks.join('echo; echo ---\n').replaceAll('http://localhost:3000', url);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: emptyCheckout() });

  const [signedUp, , me, , claims, sessions, changed, reset, loggedOut] = stdout
    .split('---\n')
    .map((output) => output.trim());
  expect(JSON.parse(signedUp ?? '')).toMatchObject({ user: { email: 'ada@example.com' }, tokens: { expires_in: 300 } });
  expect(JSON.parse(me ?? '')).toMatchObject({ email: 'ada@example.com' });
  expect(claims).toContain(`iss: '${url}'`);
  expect(JSON.parse(sessions ?? '')).toMatchObject({ sessions: [{ current: true }, { current: false }] });
  expect([changed, reset, loggedOut]).toEqual(['', '', '']);
});

test('readme: a backend service gets its token, and another checks it, as printed', { timeout: 90_000 }, async () => {
  const databaseUrl = await newDurableDatabase();
  const { url } = await startProcess({ DATABASE_URL: databaseUrl });
  const steps = `${section('Give a backend service its own token')}${section('Protect a service')}`;
  const blocks = [...steps.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => code);
  const script = blocks
    .join('echo; echo ---\n')
    .replaceAll('http://localhost:3000', url)
    .replaceAll('3100', String(await freePort()))
    .replaceAll('npx latchkey', `node ${resolve('src/cli.ts')}`);
  const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl, SECRETS: SECRET };
  await fetch(`${url}/signup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' }),
  });
  const cwd = emptyCheckout();
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd, env });
  const [, , introspection, , orders] = stdout.split('---\n').map((output) => output.trim());
  expect(JSON.parse(introspection ?? '')).toMatchObject({ active: true, client_id: 'reports', scope: 'orders:read' });
  expect(orders).toBe('orders for reports');
});

/** The tour is taken in the checkout, but leaves nothing there. */
function emptyCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tour-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
