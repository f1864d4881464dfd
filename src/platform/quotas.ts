// platform/quotas.ts: how often one caller may do something, counted once the server knows who calls.
import type { Allowance, OpenBudget } from './budget.ts';

const MINUTE = 60;

/** The quotas that an operation can declare, or spend by itself where the guard does not know the caller. */
const allowances = {
  profile: { name: 'quota-profile', points: 30, seconds: MINUTE },
  session_list: { name: 'quota-session-list', points: 60, seconds: MINUTE },
  session_end: { name: 'quota-session-end', points: 60, seconds: MINUTE },
  revocation: { name: 'quota-revocation', points: 60, seconds: MINUTE },
} as const satisfies Record<string, Allowance>;

export type Quota = keyof typeof allowances;

/** Throws `AuthError('rate_limited')` when the caller has used the quota up. The caller is a user or a client. */
export type SpendQuota = (quota: Quota, caller: string) => Promise<void>;

export function createSpendQuota(open: OpenBudget): SpendQuota {
  const budgets = new Map(Object.entries(allowances).map(([quota, allowance]) => [quota, open(allowance)]));
  return async (quota, caller) => budgets.get(quota)?.take(caller);
}
