import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { newFolder } from './harness/folder.ts';
import { newDurableDatabase } from './harness/service.ts';

const MAIN = resolve('src/main.ts');
const SECRETS = 'a secret that only the tests may know';
const Listening = z.object({ issuer: z.string(), port: z.number() });

/** The service in a process of its own, in an empty folder of its own; killed, at the latest, when the test is over. */
function startMain(env: Record<string, string>) {
  const cwd = newFolder();
  const child = spawn(process.execPath, [MAIN], { cwd, env: { PATH: process.env.PATH, ...env } });
  const exited: Promise<unknown[]> = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const seen: string[] = [];

  /** The line that holds these words. The log and the welcome overtake each other, so it may be one of the past. */
  async function line(words: string): Promise<string> {
    for (;;) {
      const found = seen.find((text) => text.includes(words));
      if (found !== undefined) return found;
      const next = await lines.next();
      if (next.done) throw new Error(`The output ended without "${words}":\n${seen.join('\n')}`);
      seen.push(next.value);
    }
  }

  /** Everything that was printed until the end. */
  async function output(): Promise<string> {
    for (let next = await lines.next(); !next.done; next = await lines.next()) seen.push(next.value);
    return seen.join('\n');
  }

  async function listening(): Promise<z.output<typeof Listening>> {
    return Listening.parse(JSON.parse(await line('"msg":"listening"')));
  }

  return { child, cwd, line, output, listening, exit: async () => (await exited)[0], stderr: text(child.stderr) };
}

test('main: on an empty machine it says where it listens and what to do next, and stops when told', async () => {
  const { child, cwd, exit, line, output, listening } = startMain({ PORT: '0', LOG_LEVEL: 'info' });
  const { issuer, port } = await listening();
  expect(issuer).toBe(`http://localhost:${port}`);
  await line(`Latchkey listens at ${issuer}`);
  await line(`curl ${issuer}/signup`);
  for (const path of ['/livez', '/readyz']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, '{"status":"ok"}']);
  }
  expect(statSync(join(cwd, 'data')).mode & 0o777).toBe(0o700);
  expect(statSync(join(cwd, 'data', 'latchkey.secret')).mode & 0o777).toBe(0o600);

  child.kill('SIGTERM');
  expect(await exit()).toBe(0);
  const printed = await output();
  for (const message of ['migrated', 'stopping']) expect(printed).toContain(`"msg":"${message}"`);
});

test('main: what it prints to be tried out works', async () => {
  const { line } = startMain({ PORT: '0', LOG_LEVEL: 'silent' });
  const [, url = '', body = ''] = /curl (\S+) --json '(.*)'/.exec(await line('curl ')) ?? [];
  const answer = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  expect([answer.status, answer.headers.get('Location')]).toEqual([201, '/me']);
});

test.each(['SIGTERM', 'SIGINT'] as const)('main: %s is an orderly end', async (signal) => {
  const { child, exit, listening, stderr } = startMain({
    PORT: '0',
    SECRETS,
    DATABASE_URL: await newDurableDatabase(),
  });
  await listening();
  child.kill(signal);
  expect(await exit()).toBe(0);
  expect(await stderr).toBe('');
});

const production = {
  NODE_ENV: 'production',
  ISSUER: 'https://id.example',
  SECRETS,
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'no-reply@id.example',
  VERIFY_EMAIL_URL: 'https://app.example/verify-email#code={code}',
  RESET_PASSWORD_URL: 'https://app.example/reset-password#code={code}',
};

test('main: production prints no hints and makes no secret of its own', async () => {
  const env = { ...production, PORT: '0' };
  const { child, exit, listening, output, cwd } = startMain({ ...env, DATABASE_URL: await newDurableDatabase() });
  expect(await listening()).toMatchObject({ issuer: 'https://id.example' });
  child.kill('SIGTERM');
  expect(await exit()).toBe(0);
  expect(await output()).not.toContain('curl');
  expect(readdirSync(cwd)).toEqual([]);
});

/** How a start ends that must not succeed. */
async function startInVain(env: Record<string, string>) {
  const { exit, stderr, cwd } = startMain(env);
  return { code: await exit(), stderr: await stderr, files: readdirSync(cwd) };
}

test('main: production with nothing set is refused in plain words, and leaves nothing behind', async () => {
  const { code, stderr, files } = await startInVain({ NODE_ENV: 'production' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^ {2}SECRETS /m);
  expect(stderr).toMatch(/^ {2}ISSUER /m);
  expect(stderr).toMatch(/^ {2}SMTP_URL /m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(files).toEqual([]);
});

test('main: hashing below the floor of OWASP is refused in production by name', async () => {
  const env = { NODE_ENV: 'production', ISSUER: 'https://id.example', SECRETS };
  const { code, stderr } = await startInVain({ ...env, PASSWORD_HASH_MEMORY: '1MiB' });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^ {2}PASSWORD_HASH_MEMORY /m)]);
});

test('main: a port that is taken is refused with what to do about it', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const address = taken.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  const { code, stderr } = await startInVain({ PORT: String(address.port) });
  expect(code).toBe(1);
  expect(stderr).toContain('PORT=0 takes a free one.');
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('main: a database that was sealed with another secret is refused in plain words', async () => {
  const env = { PORT: '0', DATABASE_URL: await newDurableDatabase() };
  const first = startMain({ ...env, SECRETS });
  await first.listening();
  first.child.kill('SIGTERM');
  expect(await first.exit()).toBe(0);
  const { code, stderr } = await startInVain({ ...env, SECRETS: 'a secret that never sealed anything' });
  expect(code).toBe(1);
  expect(stderr).toContain('No secret in SECRETS opens the signing keys of this database.');
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('main: a database that does not answer is refused in plain words', async () => {
  const DATABASE_URL = 'postgres://postgres@127.0.0.1:1/nothing';
  const { code, stderr } = await startInVain({ PORT: '0', SECRETS, DATABASE_URL });
  expect(code).toBe(1);
  expect(stderr).toContain('DATABASE_URL');
  expect(stderr).not.toMatch(/^\s+at /m);
});

/** By the name of each: how far it stands back (proc(5), field 19 of stat). */
function nicenessOfThreads(pid: number): [name: string, niceness: number][] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((thread) => {
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`${folder}/${thread}/stat`, 'utf8')) ?? [];
    return [name, Number(rest.split(' ')[16])];
  });
}

test.runIf(process.platform === 'linux')('main: the threads that hash stand behind the one that answers', async () => {
  const { child, listening } = startMain({ PORT: '0' });
  await listening();
  const threads = nicenessOfThreads(child.pid ?? 0);
  const workers = threads.filter(([name]) => name === 'libuv-worker').map(([, niceness]) => niceness);
  expect(workers).toEqual([10, 10, 10, 10]);
  const [main] = threads;
  expect(main?.[1]).toBe(0);
});
