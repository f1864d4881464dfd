// users/hashing-lane.ts: a hash takes a core and many megabytes for tens of milliseconds, so only a few run at once,
// a bounded number wait, and the rest are told at once to come back.
import { AuthError } from '../errors.ts';

export interface LaneSize {
  /** Hashes at once. */
  readonly concurrency: number;
  /** Hashes waiting for their turn. */
  readonly queue: number;
}

/** Runs the work, now or when its turn has come. Throws `AuthError('overloaded')` when the queue is full. */
export type HashingLane = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createHashingLane({ concurrency, queue }: LaneSize): HashingLane {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < concurrency) {
      running += 1;
      return;
    }
    if (waiting.length >= queue) throw new AuthError('overloaded');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** A finished run hands its place to the next in line, so that nobody can slip in between. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
