// bench/suite/server-process.ts: a server in a process of its own, on the cores that it is given.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Environment } from '../pinned-service.ts';
import { onCores } from './pinning.ts';

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Latchkey as `npm start` runs it, whatever flags that has; a shell that is replaced leaves its process to Node. */
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

const Package = z.object({ scripts: z.object({ start: z.string().startsWith('exec ') }) });

function commandOf(file: string): string[] {
  if (file !== LATCHKEY) return [process.execPath, file];
  const { scripts } = Package.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  return ['sh', '-c', scripts.start];
}

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
