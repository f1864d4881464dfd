// test/harness/process.ts: the service as it really runs, in a process of its own that can be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const Listening = z.object({ msg: z.literal('listening'), port: z.number() });

export interface RunningProcess {
  readonly child: ChildProcess;
  /** Where it listens. */
  readonly url: string;
  /** Ends it at once, as a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Resolves when the process listens; it is killed, at the latest, when the test is over. */
export async function startProcess(env: Record<string, string>): Promise<RunningProcess> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: { PATH: process.env.PATH, PORT: '0', SECRETS: 'a secret that only the tests may know', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(kill);

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }

  for await (const line of createInterface(child.stdout)) {
    const listening = Listening.safeParse(parseLine(line));
    if (!listening.success) continue;
    child.stdout.resume();
    return { child, url: `http://localhost:${listening.data.port}`, kill };
  }
  throw new Error('The service ended before it listened.');
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // the welcome is for people
  }
}
