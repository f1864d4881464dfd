// bench/pinned-service.ts: the service as it really runs, in a process of its own, on the first two cores.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface, type Interface } from 'node:readline';
import { startCommand } from './start-command.ts';

const CORES = '0,1';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface PinnedService {
  readonly pid: number;
  readonly url: string;
  /** How often it ended before anybody asked it to. */
  crashes(): number;
  stop(): Promise<void>;
}

/** False where there is no taskset: then the service has all cores of the machine. */
export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
}

export async function startPinned(env: Environment): Promise<PinnedService> {
  const [command = '', ...words] = [...(canPin() ? ['taskset', '-c', CORES] : []), ...startCommand()];
  const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let crashes = 0;
  const crash = () => {
    crashes += 1;
  };
  child.once('exit', crash);
  const exited = once(child, 'exit');

  async function stop(): Promise<void> {
    child.off('exit', crash);
    child.kill('SIGTERM');
    if (crashes === 0) await exited;
  }

  const lines = createInterface(child.stdout);
  const url = await readAddress(lines);
  lines.on('line', showTrouble);
  if (child.pid === undefined) throw new Error('The service has no process.');
  return { pid: child.pid, url, crashes: () => crashes, stop };
}

/** From the welcome of a development machine: the log says no more than warnings here. */
async function readAddress(lines: Interface): Promise<string> {
  const welcome = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const [, address] = /^Latchkey listens at (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
      else showTrouble(line);
    });
    lines.once('close', () => reject(new Error('The service ended before it listened.')));
  });
  return welcome.finally(() => lines.removeAllListeners('line'));
}

function showTrouble(line: string): void {
  if (line.startsWith('{')) process.stderr.write(`${line}\n`);
}
