// retry.ts: asks again where asking again can help, a few times, and then no more.
import type { Answer } from './answer.ts';
import type { World } from './platform.ts';

const ATTEMPTS = 4;
/** Before the second attempt, in milliseconds; doubled before each further one. */
const FIRST_PAUSE = 500;
/** Nobody is kept waiting longer than that between two attempts, in milliseconds. */
const LONGEST_PAUSE = 10_000;

export type Persist = ReturnType<typeof createPersist>;

export function createPersist({ pause, random }: Pick<World, 'pause' | 'random'>) {
  /**
   * The last answer, or the last error. A service that asks for a longer pause than anybody waits for is left alone at
   * once. Null from `attempt` is "there is nothing left to ask".
   */
  return async function persist<Result extends Answer | null>(
    attempt: () => Promise<Result>,
    left = ATTEMPTS,
  ): Promise<Result> {
    // Jittered: many clients that lost the same service do not come back in one wave.
    let wait = FIRST_PAUSE * 2 ** (ATTEMPTS - left) * (0.5 + random() / 2);
    try {
      const answer = await attempt();
      wait = Math.max(wait, (answer?.retryAfterSeconds ?? 0) * 1000);
      if (!isPassing(answer) || left === 1 || wait > LONGEST_PAUSE) return answer;
    } catch (error) {
      if (left === 1) throw error;
    }
    await pause(wait);
    return persist(attempt, left - 1);
  };
}

function isPassing(answer: Answer | null): boolean {
  return answer !== null && (answer.status === 429 || answer.status >= 500);
}
