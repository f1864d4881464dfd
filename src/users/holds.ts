// users/holds.ts: points that a try takes from budgets before the password is looked at, and what becomes of them when
// the outcome is known. Taking them first bounds any number of tries that run at once.
import { AuthError } from '../errors.ts';
import type { Budget, OpenBudget, Taking } from '../platform/budget.ts';
import type { NetworkBudget } from '../platform/network-budget.ts';

const MINUTE = 60;
const DAY = 86_400;

/** So many tries in a row are free; each further try waits for the one before it. */
export const FREE_TRIES = 20;
/** NIST SP 800-63B-4 section 3.2.2: the highest number of consecutive failures. */
export const MAX_FAILURES = 100;
export const FAILURES_KEPT_SECONDS = 30 * DAY;
const FIRST_WAIT_SECONDS = MINUTE;
const LONGEST_WAIT_SECONDS = 15 * MINUTE;

/** `unknown`: the try ended without showing whether the password was right. */
export type Outcome = 'right' | 'wrong' | 'unknown';

export interface Hold {
  /** Resolves with the number of failures in a row, this try included, or with 0 if the hold does not count them. */
  settle(outcome: Outcome): Promise<number>;
}

type Rule = Readonly<Record<Outcome, 'keep' | 'put_back' | 'clear'>>;

/** Counts failures in a row. */
const failuresInARow: Rule = { right: 'clear', wrong: 'keep', unknown: 'put_back' };
const successesOnly: Rule = { right: 'keep', wrong: 'put_back', unknown: 'put_back' };

/** Throws `rate_limited`. */
async function hold(budget: Budget, key: string, rule: Rule, taking: Taking = {}): Promise<Hold> {
  await budget.take(key, taking);
  return {
    async settle(outcome) {
      if (rule[outcome] === 'put_back') await budget.putBack(key, taking.points);
      if (rule[outcome] === 'clear') await budget.clear(key);
      return 0;
    },
  };
}

/** Counts the failures from a network; a success does not forgive those before it. Throws `rate_limited`. */
export async function holdOfNetwork(networks: NetworkBudget, ip: string): Promise<Hold> {
  await networks.take(ip);
  return {
    async settle(outcome) {
      if (outcome !== 'wrong') await networks.putBack(ip);
      return 0;
    },
  };
}

/** A number of failures in a row that is never exceeded, however many tries run at once. Throws `rate_limited`. */
export async function holdOfCeiling(budget: Budget, key: string): Promise<Hold> {
  const { settle } = await hold(budget, key, failuresInARow);
  return {
    async settle(outcome) {
      await settle(outcome);
      return outcome === 'wrong' ? (await budget.look(key)).spent : 0;
    },
  };
}

/**
 * Counts successes. The point is taken before the outcome is known, so that a refusal never tells that a password was
 * right. Refused tries leave no trace, or failures that come at once would use the quota up. Throws `rate_limited`.
 */
export async function holdOfQuota(budget: Budget, key: string): Promise<Hold> {
  try {
    return await hold(budget, key, successesOnly);
  } catch (refusal) {
    if (!(refusal instanceof AuthError)) throw refusal;
    await budget.putBack(key);
    throw new AuthError('rate_limited', { retryAfterSeconds: refusal.details.retryAfterSeconds ?? 1 });
  }
}

/** Takes in this order. If one budget refuses, those before it get their points back. */
export async function holdAll<Held extends Hold>(takings: readonly (() => Promise<Held>)[]): Promise<Hold> {
  const held: Held[] = [];
  const settle = async (outcome: Outcome) =>
    Math.max(0, ...(await Promise.all(held.map((one) => one.settle(outcome)))));
  try {
    for (const take of takings) held.push(await take());
  } catch (refusal) {
    await settle('unknown');
    throw refusal;
  }
  return { settle };
}

/** Failures in a row of one key: a number of them free, then slower and slower, and none after the ceiling. */
export function createSeries(open: OpenBudget, name: string) {
  const pace = open({ name: `${name}-pace`, points: FREE_TRIES, seconds: FIRST_WAIT_SECONDS });
  const failures = open({ name: `${name}-failures`, points: MAX_FAILURES, seconds: FAILURES_KEPT_SECONDS });

  /** Throws `rate_limited`. */
  async function take(key: string): Promise<Hold> {
    const { spent: failed, secondsLeft } = await failures.look(key);
    if (failed >= MAX_FAILURES) throw new AuthError('rate_limited', { retryAfterSeconds: secondsLeft });
    const paced = await hold(pace, key, failuresInARow, paceAfter(failed));
    return {
      async settle(outcome) {
        if (outcome === 'wrong') return failures.add(key);
        await Promise.all([paced.settle(outcome), outcome === 'right' && failed > 0 && failures.clear(key)]);
        return 0;
      },
    };
  }

  async function clear(key: string): Promise<void> {
    await Promise.all([pace.clear(key), failures.clear(key)]);
  }

  return { take, clear };
}

/** After the free tries, a try takes all that a window holds, and each window is twice as long as the one before it. */
function paceAfter(failed: number): Taking {
  if (failed < FREE_TRIES) return { points: 1 };
  const seconds = Math.min(FIRST_WAIT_SECONDS * 2 ** (failed - FREE_TRIES), LONGEST_WAIT_SECONDS);
  return { points: FREE_TRIES, seconds };
}
