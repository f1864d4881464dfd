// test/sdk/time.ts: time that stands still until somebody waits for it, for the service and its clients alike.
import { createClock } from '../harness/clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export type Time = ReturnType<typeof createTime>;

export function createTime() {
  const clock = createClock();
  const timers = new Set<Timer>();
  /** Requests that the real service is working on: they take no time here. */
  let underway = 0;

  const now = () => clock.now().getTime();

  function after(milliseconds: number, run: () => void): () => void {
    const timer = { at: now() + milliseconds, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  async function real<Result>(work: () => Promise<Result>): Promise<Result> {
    underway += 1;
    try {
      return await work();
    } finally {
      underway -= 1;
    }
  }

  /** Until nothing happens any more unless time goes on. */
  async function calm(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet = underway > 0 ? 0 : quiet + 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function runNext(until: number): boolean {
    const next = [...timers].reduce<Timer | null>(
      (first, timer) => (first && first.at <= timer.at ? first : timer),
      null,
    );
    if (!next || next.at > until) return false;
    timers.delete(next);
    clock.advance({ seconds: Math.max(0, next.at - now()) / 1000 });
    next.run();
    return true;
  }

  /** Lets time go on for as long as that takes, and no longer. */
  async function spend<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const over = work.then(
      () => true,
      () => true,
    );
    void over.then(() => {
      isOver = true;
    });
    for (;;) {
      await calm();
      if (isOver) return work;
      if (!runNext(Number.POSITIVE_INFINITY)) throw new Error('Nothing will ever happen again.');
    }
  }

  /** Lets so much time go on, with all that happens in it. */
  async function pass(seconds: number): Promise<void> {
    const end = now() + seconds * 1000;
    await calm();
    while (runNext(end)) await calm();
    clock.advance({ seconds: Math.max(0, end - now()) / 1000 });
  }

  return { clock, now, after, real, calm, spend, pass };
}
