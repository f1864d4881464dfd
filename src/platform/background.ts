// platform/background.ts: work that goes on beside the requests.
import type { Logger } from './logger.ts';

export interface Background {
  start(): void;
  /** Nothing new begins; resolves when what is running is done. */
  stop(): Promise<void>;
}

interface Parts {
  readonly work: () => Promise<unknown>;
  /** From the end of one run to the beginning of the next. */
  readonly pauseMs: number;
  readonly log: Logger;
}

/** Several as one. */
export function together(all: readonly Background[]): Background {
  return {
    start() {
      for (const one of all) one.start();
    },
    stop: async () => void (await Promise.all(all.map((one) => one.stop()))),
  };
}

/** Runs the work over and over. A run that fails is logged, and is followed by the next one all the same. */
export function createBackground({ work, pauseMs, log }: Parts): Background {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  function start(): void {
    timer = setTimeout(() => {
      running = run();
    }, pauseMs);
  }

  async function run(): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.error({ err: error }, 'background work failed');
    }
    if (!stopped) start();
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(timer);
    await running;
  }

  return { start, stop };
}
