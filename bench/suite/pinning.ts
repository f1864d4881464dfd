// bench/suite/pinning.ts: who runs on which core. Found out when this is loaded: whoever is pinned to one core sees no other.
import { spawnSync } from 'node:child_process';
import { canPin } from '../pinned-service.ts';

/** The server has the first core; where a scenario gives it both, the load has to share. */
const LOAD_CORE = '1';

const isPinning = canPin();

export const pinning = isPinning
  ? 'servers to core 0 (where both: 0 and 1), the load and PostgreSQL to core 1'
  : 'none';

/** What comes before a command that has to run on those cores, as taskset has them. */
export function onCores(cores: string): readonly string[] {
  return isPinning ? ['taskset', '-c', cores] : [];
}

export const onLoadCore = () => onCores(LOAD_CORE);

/** To the core of the load, and PostgreSQL with it: the core of the servers is for nobody else. */
export function pinSelf(): void {
  if (isPinning) spawnSync('taskset', ['-acp', LOAD_CORE, String(process.pid)]);
}
