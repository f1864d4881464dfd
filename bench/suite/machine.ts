// bench/suite/machine.ts: where the figures come from.
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { pinning } from './pinning.ts';

export function machine(): Record<string, string> {
  const all = cpus();
  return {
    processors: `${all.length} x ${all[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 1e9)} GB`,
    system: `${type()} ${release().split('-')[0]}, ${distribution()}`,
    node: process.version,
    disk: `file system ${statfsSync(tmpdir()).type.toString(16)} under the databases`,
    'load before': loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
    pinned: pinning,
  };
}

function distribution(): string {
  const [, name = 'unknown'] = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return name;
}
