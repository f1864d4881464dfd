// platform/limiter.ts: what one network may do, before anybody knows who is asking.
import type { Allowance, OpenBudget } from './budget.ts';
import { createNetworkBudget } from './network-budget.ts';
import type { Origin } from './origin.ts';

const MINUTE = 60;
const HOUR = 3600;

/**
 * The budgets that an operation can draw on. `password` and `client` are counted further in: at the password that is
 * checked (users/throttle.ts) and for the client that has proved itself (clients/guard.ts).
 */
const allowances = {
  none: null,
  password: null,
  client: null,
  signup: { name: 'signup', points: 100, seconds: HOUR },
  mail: { name: 'mail', points: 30, seconds: HOUR },
  code: { name: 'code', points: 100, seconds: 10 * MINUTE },
} as const satisfies Record<string, Allowance | null>;

export type Limit = keyof typeof allowances;

/** Throws `AuthError('rate_limited')` when the budget of the network that this comes from is used up. */
export type Limiter = (limit: Limit, origin: Pick<Origin, 'ip'>) => Promise<void>;

export function createLimiter(open: OpenBudget): Limiter {
  const budgets = new Map(
    Object.entries(allowances).flatMap(([limit, allowance]) =>
      allowance ? [[limit, createNetworkBudget(open, allowance)]] : [],
    ),
  );
  return async (limit, origin) => budgets.get(limit)?.take(origin.ip);
}
