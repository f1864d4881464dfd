// sessions/end-sessions.ts: ends many sessions for the operator, in batches. A run that was interrupted is simply repeated.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { query, type Table } from '../platform/query.ts';
import { transact } from '../platform/transaction.ts';
import type { Session } from './session.ts';

interface Tables {
  Session: Table<typeof Session>;
}

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
  /**
   * Returns how many sessions ended. The condition is `ended_at is null` and not the expiry: a clock that was wrong must
   * not keep a session alive.
   */
  return async function endSessions(selection: Selection, origin: Origin): Promise<number> {
    let ended = 0;
    for (let ids = await findBatch(selection, ''); ids.length > 0; ids = await findBatch(selection, ids.at(-1) ?? '')) {
      ended += await endBatch(ids, origin);
    }
    return ended;
  };

  /** In the order of their identifiers, so that no row is read twice. */
  async function findBatch({ userId, before }: Selection, after: string): Promise<string[]> {
    let rows = query<Tables>(em).selectFrom('Session').select('id').where('endedAt', 'is', null);
    if (after !== '') rows = rows.where('id', '>', after);
    if (userId !== undefined) rows = rows.where('userId', '=', userId);
    if (before !== undefined) rows = rows.where('createdAt', '<', before);
    return (await rows.orderBy('id').limit(BATCH).execute()).map(({ id }) => id);
  }

  /** The same condition again: of two runs at once, each session is ended and counted by one. */
  function endBatch(ids: readonly string[], origin: Origin): Promise<number> {
    return transact(em, async (tx) => {
      const ended = await query<Tables>(tx)
        .updateTable('Session')
        .set({ endedAt: now(), endReason: 'ended_by_admin' })
        .where('id', 'in', ids)
        .where('endedAt', 'is', null)
        .returning(['id', 'userId', 'clientId'])
        .execute();
      const details = { endReason: 'ended_by_admin' };
      for (const { id: sessionId, userId, clientId } of ended) {
        await audit.record(tx, { type: 'session.ended', sessionId, userId, clientId, origin, details });
      }
      return ended.length;
    });
  }
}
