// platform/group-commit.ts: transactions that share a commit. SQLite has one writer, and each commit waits for the disk:
// what has come while it waited goes into the next one together.
import { setImmediate } from 'node:timers/promises';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { isUnavailable } from './database-errors.ts';
import { transact, type Work } from './transaction.ts';

/** How many wait for the same commit at most: it is also how much is done again when one of them fails. */
const MAX_TOGETHER = 64;

/** Resolves when what the work did is durable; rejects when nothing of it is. */
export type Commit = <Result>(work: Work<Result>) => Promise<Result>;

/** Runs it, and says what came of it when that is durable. */
interface Job {
  run(tx: SqlEntityManager): Promise<void>;
  settle(): void;
  fail(error: unknown): void;
}

/** The work may be run several times, of which one counts, and after what others have done that is not committed yet. */
export function createGroupCommit(em: SqlEntityManager): Commit {
  const waiting: Job[] = [];
  let isWorking = false;

  function commit<Result>(work: Work<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      waiting.push(jobOf(work, resolve, reject));
      if (!isWorking) void workOff();
    });
  }

  async function workOff(): Promise<void> {
    isWorking = true;
    while (waiting.length > 0) {
      await setImmediate(); // all that has arrived has been read by then, and waits too
      await commitTogether(waiting.splice(0, MAX_TOGETHER));
    }
    isWorking = false;
  }

  async function commitTogether(jobs: readonly Job[]): Promise<void> {
    try {
      await transact(em, async (tx) => {
        for (const job of jobs) await job.run(tx);
      });
      for (const job of jobs) job.settle();
    } catch (error) {
      await afterFailure(jobs, error);
    }
  }

  /**
   * Nothing of it has happened. Whose fault it was shows when each is alone; a database that is away is nobody's, and
   * each of them would wait for it once more.
   */
  async function afterFailure(jobs: readonly Job[], error: unknown): Promise<void> {
    const isFinal = jobs.length === 1 || isUnavailable(error);
    for (const job of jobs) await (isFinal ? job.fail(error) : commitTogether([job]));
  }

  return commit;
}

function jobOf<Result>(work: Work<Result>, resolve: (result: Result) => void, fail: (error: unknown) => void): Job {
  let settle = () => {};
  return {
    async run(tx) {
      const result = await work(tx);
      settle = () => resolve(result);
    },
    settle: () => settle(),
    fail,
  };
}
