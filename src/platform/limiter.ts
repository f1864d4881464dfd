// platform/limiter.ts: how often something may be done.

/** The budgets that an operation can draw on. */
export type Limit = 'none' | 'credentials' | 'account' | 'client' | 'mail';

/** Throws `AuthError('rate_limited')` when the budget of that network is used up. */
export type Limiter = (limit: Limit, network: string) => Promise<void>;

export const unlimited: Limiter = async () => {};
