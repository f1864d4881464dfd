// bench/suite/process-meter.ts: what a process has taken of the processors, all its threads together, as Linux counts it.
import { readFile } from 'node:fs/promises';

/** Fixed in Linux for what programs are told (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;
/** proc_pid_stat(5): fields 14 and 15, counted from the one after the name. */
const [UTIME, STIME] = [11, 12];

/** User and system seconds since it began. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}
