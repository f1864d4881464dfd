// platform/budget.ts: how often something may be done, counted where all instances see it.
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { AuthError } from '../errors.ts';
import { addSeconds, type Clock } from './clock.ts';

/** So many points for a key, in a window that begins with the first of them. */
export interface Allowance {
  /** Unique: budgets share a store. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

/** What one taking costs, and how long the window lasts that it may begin, where that is not the usual. */
export interface Taking {
  readonly points?: number;
  readonly seconds?: number;
}

export interface Budget {
  /** Throws `rate_limited`, with the seconds to wait, when the window holds less. Of any number at once, none too many. */
  take(key: string, taking?: Taking): Promise<void>;
  /** What was taken and not used. */
  putBack(key: string, points?: number): Promise<void>;
  /** Counts one more, whether it was allowed or not; the sum in this window. */
  add(key: string): Promise<number>;
  /** What has been spent in this window, and the seconds until it ends. */
  look(key: string): Promise<{ readonly spent: number; readonly secondsLeft: number }>;
  clear(key: string): Promise<void>;
}

export type OpenBudget = (allowance: Allowance) => Budget;

/** Every call throws what the store throws when that cannot be reached. */
export function budgetOf(limiter: RateLimiterAbstract): Budget {
  async function take(key: string, { points = 1, seconds }: Taking = {}): Promise<void> {
    const options = seconds === undefined ? {} : { customDuration: seconds };
    await limiter.consume(key, points, options).catch((refusal: unknown) => {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const isFirst = refusal.consumedPoints <= limiter.points + points;
      throw new AuthError('rate_limited', { retryAfterSeconds: wholeSeconds(refusal), isFirst });
    });
  }

  async function putBack(key: string, points = 1): Promise<void> {
    await limiter.reward(key, points);
  }

  async function add(key: string): Promise<number> {
    return (await limiter.penalty(key)).consumedPoints;
  }

  async function look(key: string) {
    const window = await limiter.get(key);
    return { spent: window?.consumedPoints ?? 0, secondsLeft: window ? wholeSeconds(window) : 0 };
  }

  async function clear(key: string): Promise<void> {
    await limiter.delete(key);
  }

  return { take, putBack, add, look, clear };
}

/** Takes a point where that changes only how much is written down. */
export async function hasRoom(budget: Budget, key: string): Promise<boolean> {
  try {
    await budget.take(key);
    return true;
  } catch (refusal) {
    if (refusal instanceof AuthError) return false;
    throw refusal;
  }
}

/** Retry-After is a whole number (RFC 9110 section 10.2.3), and never early. */
function wholeSeconds({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}

/** For RATE_LIMITS=off. */
export const withoutLimits: OpenBudget = () => ({
  take: async () => {},
  putBack: async () => {},
  add: async () => 0,
  look: async () => ({ spent: 0, secondsLeft: 0 }),
  clear: async () => {},
});

interface Lots {
  /** Points that are taken from the store at once. */
  readonly lot: number;
  /** What is left of a lot after this time is lost: at most the window of the budget. */
  readonly seconds: number;
  readonly now: Clock;
}

/** For what is done thousands of times in a second: most takings cost nothing, and no more is given than the budget holds. */
export function inLots(budget: Budget, { lot, seconds, now }: Lots): (key: string) => Promise<void> {
  const held = new Map<string, { left: number; readonly until: Date }>();

  return async (key) => {
    const holding = held.get(key);
    if (holding && holding.left > 0 && now() < holding.until) {
      holding.left -= 1;
      return;
    }
    await budget.take(key, { points: lot });
    held.set(key, { left: lot - 1, until: addSeconds(now(), seconds) });
  };
}
