// platform/background.ts: work that goes on beside the requests.
import type { Logger } from './logger.ts';

export interface Background {
  start(): void;
  /** Nothing new begins; resolves when what is running is done. */
  stop(): Promise<void>;
}

interface Parts {
  readonly name: string;
  /** Is told when it is time to stop. */
  readonly work: (stopping: AbortSignal) => Promise<unknown>;
  /** From the end of one run to the beginning of the next. */
  readonly pauseMs: number;
  readonly log: Logger;
  readonly onFailure?: (name: string) => void;
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
export function createBackground({ name, work, pauseMs, log, onFailure = () => {} }: Parts): Background {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  function start(): void {
    timer = setTimeout(() => {
      running = run();
    }, pauseMs);
  }

  async function run(): Promise<void> {
    try {
      await work(stopping.signal);
    } catch (error) {
      log.error({ err: error, work: name }, 'background work failed');
      onFailure(name);
    }
    if (!stopping.signal.aborted) start();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    clearTimeout(timer);
    await running;
  }

  return { start, stop };
}
