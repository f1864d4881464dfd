// users/hashing-lane.ts: a hash takes a core and many megabytes for tens of milliseconds, so only a few run at once,
// a bounded number wait, and the rest are told at once to come back.
import { AuthError } from '../errors.ts';

export interface LaneSize {
  /** Hashes at once. */
  readonly concurrency: number;
  /** Hashes waiting for their turn. */
  readonly queue: number;
}

interface Parts extends LaneSize {
  /** Called when a hash is asked for; what it gives is called when its turn has come. */
  readonly timeWait?: () => () => unknown;
}

export interface HashingLane {
  /**
   * Runs the work, now or when its turn has come. Throws `overloaded` when the queue is full, and when whoever waits has
   * gone: then nobody wants the answer, and the place in the queue is for somebody who does.
   */
  run<Result>(work: () => Promise<Result>, gone?: AbortSignal): Promise<Result>;
  /** Throws `overloaded` where `run` would: asked before anything is looked up, a refusal costs next to nothing. */
  assertRoom(): void;
  load(): { readonly running: number; readonly waiting: number };
}

export function createHashingLane({ concurrency, queue, timeWait = () => () => {} }: Parts): HashingLane {
  /** In the order of their coming. */
  const waiting = new Set<() => void>();
  let running = 0;

  function assertRoom(): void {
    if (running >= concurrency && waiting.size >= queue) throw new AuthError('overloaded');
  }

  async function enter(gone: AbortSignal | undefined): Promise<void> {
    if (gone?.aborted) throw new AuthError('overloaded');
    assertRoom();
    const isFree = running < concurrency;
    const itIsTime = timeWait();
    if (isFree) running += 1;
    else await turn(gone);
    itIsTime();
  }

  function turn(gone: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaveQueue = () => {
        waiting.delete(begin);
        reject(new AuthError('overloaded'));
      };
      const begin = () => {
        gone?.removeEventListener('abort', leaveQueue);
        resolve();
      };
      gone?.addEventListener('abort', leaveQueue, { once: true });
      waiting.add(begin);
    });
  }

  /** A finished run hands its place to the next in line, so that nobody can slip in between. */
  function leave(): void {
    const [next] = waiting;
    if (!next) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  async function run<Result>(work: () => Promise<Result>, gone?: AbortSignal): Promise<Result> {
    await enter(gone);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  return { run, assertRoom, load: () => ({ running, waiting: waiting.size }) };
}
