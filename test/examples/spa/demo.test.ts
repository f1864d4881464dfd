// The demo as `npm run demo` starts it: in a process of its own, on a database that is gone afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createApi } from '../../harness/api.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };

interface Running {
  readonly child: ChildProcess;
  /** Where its database is. */
  readonly folder: string;
  printed(): string;
  /** The part of what was printed that matches, once it has been. */
  seen(pattern: RegExp): Promise<string>;
}

function startDemo(port: string): Running {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-demo-test-'));
  const env = { PATH: process.env.PATH, TMPDIR: folder, PORT: port };
  const child = spawn(process.execPath, ['scripts/demo.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  async function seen(pattern: RegExp): Promise<string> {
    await vi.waitFor(() => expect(text).toMatch(pattern), PATIENCE);
    return pattern.exec(text)?.[1] ?? '';
  }
  return { child, folder, seen, printed: () => text };
}

test('demo: what it prints opens it, mails are shown with their links, and nothing stays', {
  timeout: 180_000,
}, async () => {
  const { child, folder, seen, printed } = startDemo('0');
  const base = await seen(/The demo is at (\S+)\/demo\n/);
  const [email, password] = [await seen(/E-mail +(\S+)/), await seen(/Password +(.+)/)];
  expect((await fetch(`${base}/demo`)).headers.get('content-type')).toMatch('text/html');

  const api = createApi(base, () => {});
  const { access_token: token } = await api.signIn(email, { password });
  expect((await api.get('/me', token)).body).toMatchObject({ email, email_verified: true });
  expect((await api.get('/me/sessions', token)).body.sessions).toHaveLength(3);

  await api.post('/password-reset', { email });
  await seen(
    new RegExp(`Mail to ${email}\\n +Choose a new password for localhost\\n +${base}/demo/reset-password#code=`),
  );
  expect(readdirSync(folder)).toHaveLength(1);
  // Twice, as from a terminal by way of npm.
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(readdirSync(folder)).toEqual([]);
  expect(printed()).not.toContain('"level"');
});

test('demo: the port is taken, says so and ends', { timeout: 90_000 }, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = address instanceof Object ? String(address.port) : '';
  const { child, folder, seen } = startDemo(port);
  await seen(new RegExp(`Another program has port ${port}\\.`));
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});
