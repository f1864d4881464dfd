// sessions/end-sessions.ts: ends many sessions for the operator, in batches. A run that was interrupted is simply repeated.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { query } from '../platform/query.ts';
import { LOWEST_ID } from '../platform/random.ts';
import { transact } from '../platform/transaction.ts';
import { createEndBatch } from './end-batch.ts';
import type { Tables } from './session-queries.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly audit: AuditLog;
}

/** No condition selects every session. */
export interface Selection {
  readonly userId?: string;
  /** Only sessions that began before this instant. */
  readonly before?: Date;
}

/** Small enough that a sign-in never waits long for the write lock of SQLite. */
const BATCH = 200;

export type EndSessions = ReturnType<typeof createEndSessions>;

export function createEndSessions({ em, now, audit }: Parts) {
  const endThese = createEndBatch({ now, audit });

  /**
   * Returns how many sessions ended. The condition is `ended_at is null` and not the expiry: a clock that was wrong must
   * not keep a session alive.
   */
  return async function endSessions(selection: Selection, origin: Origin): Promise<number> {
    let ended = 0;
    let ids = await findBatch(selection, LOWEST_ID);
    for (let last = ids.at(-1); last !== undefined; last = ids.at(-1)) {
      ended += await transact(em, (tx) => endThese(tx, ids, { endReason: 'ended_by_admin', origin }));
      ids = await findBatch(selection, last);
    }
    return ended;
  };

  /** In the order of their identifiers, so that no row is read twice. */
  async function findBatch({ userId, before }: Selection, after: string): Promise<string[]> {
    let rows = query<Tables>(em)
      .selectFrom('Session')
      .select('id')
      .where('endedAt', 'is', null)
      .where('id', '>', after);
    if (userId !== undefined) rows = rows.where('userId', '=', userId);
    if (before !== undefined) rows = rows.where('createdAt', '<', before);
    return (await rows.orderBy('id').limit(BATCH).execute()).map(({ id }) => id);
  }
}
