// bench/crowd-process.ts: the crowd, seen from the bench.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Rush } from './crowd.ts';
import type { Storm } from './storm.ts';

/** Rejects when the crowd goes away without a word. */
export async function rushIn(rush: Rush): Promise<Storm> {
  const crowd = fork('bench/crowd.ts');
  const silent = new AbortController();
  crowd.once('exit', () => silent.abort());
  crowd.send(rush);
  const [storm] = await once(crowd, 'message', { signal: silent.signal });
  return storm;
}
