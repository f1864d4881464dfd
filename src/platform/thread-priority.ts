// platform/thread-priority.ts: the threads that hash step back behind the one that answers.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const THREADS = '/proc/self/task';
const NAME = 'libuv-worker\n';
/** Of 19: a hash gets on with it as long as nobody else wants the core. */
const NICENESS = 10;

/**
 * On Linux, where a thread has a priority of its own and may always lower it; elsewhere nothing happens. libuv starts
 * all of its threads with the first work for one of them, which has been done when the service is ready.
 */
export function lowerHashingThreads(): void {
  if (!existsSync(THREADS)) return;
  for (const thread of readdirSync(THREADS)) {
    if (readFileSync(`${THREADS}/${thread}/comm`, 'utf8') === NAME) setPriority(Number(thread), NICENESS);
  }
}
