// bench/suite/server-process.ts: a server in a process of its own, on the cores that it is given.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Environment } from '../pinned-service.ts';
import { startCommand } from '../start-command.ts';
import { onCores } from './pinning.ts';

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** What `startCommand` runs. */
export const LATCHKEY = 'npm start';

export interface Program {
  /** From the folder of the repository, or `LATCHKEY`. */
  readonly file: string;
  readonly env: Environment;
  /** As taskset has it: `0` or `0,1`. */
  readonly cores: string;
}

export function spawnPinned({ file, env, cores }: Program, stdio: 'ignore' | 'pipe' = 'pipe'): ChildProcess {
  const [command = '', ...words] = [...onCores(cores), ...commandOf(file)];
  const child = spawn(command, words, { env, stdio: ['ignore', stdio, 'inherit'] });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

/** Whoever interrupts the bench leaves nothing running. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

const commandOf = (file: string) => (file === LATCHKEY ? startCommand() : [process.execPath, file]);

/** Resolves when the server has said where it listens. */
export async function startServer(program: Program): Promise<ServerProcess> {
  const child = spawnPinned(program);
  if (child.pid === undefined || !child.stdout) throw new Error(`${program.file} did not start.`);
  const url = await readAddress(child.stdout, program.file);
  return { pid: child.pid, url: url.replace('localhost', '127.0.0.1'), stop: () => stopChild(child) };
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function readAddress(stdout: NodeJS.ReadableStream, file: string): Promise<string> {
  const lines = createInterface(stdout);
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const [, address] = /listen(?:s|ing) at (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
      else if (line.startsWith('{')) process.stderr.write(`${line}\n`);
    });
    lines.once('close', () => reject(new Error(`${file} ended before it listened.`)));
  });
}
