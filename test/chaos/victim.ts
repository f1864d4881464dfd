// test/chaos/victim.ts: the service in a process of its own, which may be killed before it is even there.
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { newFolder } from '../harness/folder.ts';
import type { Inspected } from './database.ts';

const LogLine = z.object({ level: z.number(), msg: z.string(), port: z.number().optional() });

/** Of pino: from here on something is wrong. */
const ERROR_LEVEL = 50;

const env = {
  PATH: process.env.PATH,
  PORT: '0',
  ISSUER: 'https://id.example', // the same after every restart, whatever the port is
  SECRETS: 'a secret that only the tests may know',
  RATE_LIMITS: 'off',
  PASSWORD_HASH_MEMORY: '1MiB',
  PASSWORD_HASH_PASSES: '1',
  ACCESS_TOKEN_TTL: '1h',
  MAX_SESSIONS_PER_USER: '1000',
};

export type Launch = (settings?: Record<string, string>) => Victim;
export type Victim = ReturnType<typeof launch>;

/**
 * Starts services on this database, once it has been started in peace: what Node compiles is kept from then on, which
 * halves the time that a start takes.
 */
export async function createLauncher({ url }: Pick<Inspected, 'url'>): Promise<Launch> {
  const folder = newFolder();
  const launchHere: Launch = (settings) => launch({ DATABASE_URL: url, NODE_COMPILE_CACHE: folder, ...settings });
  const first = launchHere();
  await first.ready();
  await first.stop();
  return launchHere;
}

/** Begins to start it. It is killed, at the latest, when the test is over. */
function launch(settings: Record<string, string>) {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const heard = new EventEmitter();
  const faults: string[] = [];
  let killed = false;
  createInterface(child.stdout).on('line', (text) => {
    const line = LogLine.safeParse(parseLine(text));
    if (!line.success) return;
    if (line.data.level >= ERROR_LEVEL) faults.push(text);
    heard.emit(`said: ${line.data.msg}`, line.data);
  });
  onTestFinished(kill);

  /** Resolves when it has said so, or cannot say it any more. */
  async function said(message: string): Promise<z.output<typeof LogLine> | null> {
    const line = once(heard, `said: ${message}`).then(([line]) => LogLine.parse(line));
    return Promise.race([line, exited.then(() => null)]);
  }

  const listening = said('listening');

  /** The address at which it listens. */
  async function ready(): Promise<string> {
    const line = await listening;
    if (!line) throw new Error('The service ended before it listened.');
    return `http://127.0.0.1:${line.port}`;
  }

  /** As a power cut would; resolves when it is gone. */
  async function kill(): Promise<void> {
    killed = true;
    child.kill('SIGKILL');
    await exited;
  }

  const isRunning = () => child.exitCode === null && child.signalCode === null;

  /** In peace. */
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    await exited;
  }

  return { ready, said, kill, stop, isKilled: () => killed, isRunning, faults };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // the welcome is for people
  }
}
