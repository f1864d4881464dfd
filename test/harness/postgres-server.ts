// test/harness/postgres-server.ts: one PostgreSQL for one test run, gone with it, however it ends.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackage, unpack } from './postgres-binaries.ts';

/** PostgreSQL refuses to run as root; "nobody" exists everywhere and owns nothing. */
const NOBODY = 65534;

/** Nothing here outlives the run, so nothing is synced to disk. */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
];

/**
 * Runs PostgreSQL, and stops it and starts it again as the lines that come in say. Stops it and removes its files when
 * the runner's end of the pipe closes, even by SIGKILL.
 */
const watchdog = `
  "$@" & server=$!
  while read -r word; do
    if [ "$word" = start ]; then "$@" & server=$!
    else kill "-$word" $server; wait $server; echo stopped
    fi
  done
  kill -INT $server; wait $server; rm -rf "$LATCHKEY_TEST_ROOT"
`;

export interface PostgresServer {
  readonly url: string;
  /** Ends every connection and then the server: INT lets it tidy up, QUIT does not (PostgreSQL's fast and immediate). */
  halt(signal: 'INT' | 'QUIT'): Promise<void>;
  /** Starts it again after a halt, in the same place and with the same data. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Throws where there is no PostgreSQL for this machine: ask `findPackage` first. */
export async function startPostgres(furtherSettings: readonly string[] = []): Promise<PostgresServer> {
  const packageRoot = findPackage();
  if (!packageRoot) throw new Error('There is no PostgreSQL package for this machine.');
  const root = unpack(packageRoot);
  const data = join(root, 'data');
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  chmodSync(root, 0o700);
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, root]);

  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(root, 'native/bin/initdb'), initdb, { ...identity, cwd: root, stdio: 'pipe' });
  const flags = [...settings, ...furtherSettings, `port=${port}`].flatMap((setting) => ['-c', setting]);
  const child = spawn('sh', ['-c', watchdog, 'sh', join(root, 'native/bin/postgres'), '-D', data, ...flags], {
    ...identity,
    cwd: root,
    env: { ...process.env, LATCHKEY_TEST_ROOT: root },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await untilReady(child);

  async function halt(signal: 'INT' | 'QUIT'): Promise<void> {
    const halted = once(child.stdout, 'data');
    child.stdin.write(`${signal}\n`);
    await halted;
  }

  async function resume(): Promise<void> {
    child.stdin.write('start\n');
    await untilReady(child);
  }

  async function stop(): Promise<void> {
    child.stdin.end();
    await once(child, 'exit');
    rmSync(root, { recursive: true, force: true });
  }

  return { url: `postgres://postgres@127.0.0.1:${port}`, halt, resume, stop };
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (!child.stderr) throw new Error('PostgreSQL has no stderr.');
  const lines = createInterface(child.stderr);
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (line.includes('ready to accept connections')) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
