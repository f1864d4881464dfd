// platform/counters.ts: what a place has to offer where budgets are counted, and what those that are databases have in common.
import { z } from 'zod';
import type { OpenBudget } from './budget.ts';

export const LIMITS_TABLE = 'rate_limits';

export const Counts = z.array(
  z.object({
    key: z.string(),
    points: z.number(),
    /** Milliseconds of the epoch, which PostgreSQL gives as text; null for ever. */
    expire: z.coerce.number().nullable(),
  }),
);

export type Counts = z.output<typeof Counts>;

export interface Counters {
  readonly open: OpenBudget;
  /** Connects, and makes what has to be there. */
  prepare(): Promise<void>;
  /** What moves when the database does: nothing of Redis, which stays where it is. */
  list(): Promise<Counts>;
  /** Leaves alone what is counted there already. */
  add(counts: Counts): Promise<void>;
  /** Deletes up to that many counters whose window is over, and says how many there were. */
  sweep(limit: number): Promise<number>;
  close(): Promise<void>;
}

export const LIST_SQL = `select key, points, expire from ${LIMITS_TABLE}`;

/** Of those whose window is over `now`, in milliseconds of the epoch; both as the database has its parameters. */
export function sweepSql(now: string, limit: string): string {
  const over = `select key from ${LIMITS_TABLE} where expire < ${now} limit ${limit}`;
  return `delete from ${LIMITS_TABLE} where key in (${over})`;
}
