// bench/memory.ts: what a process holds of the machine's memory, as Linux counts it.
import { readFile, writeFile } from 'node:fs/promises';

/** In MB of 10^6 bytes. */
export interface Memory {
  readonly now: number;
  /** Since the process began, or since `forgetPeak`. */
  readonly peak: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { now: member(status, 'VmRSS'), peak: member(status, 'VmHWM') };
}

function member(status: string, name: string): number {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Loading the code takes more for a moment than serving it, and would hide what the storm adds. */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
