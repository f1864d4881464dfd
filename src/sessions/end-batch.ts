// sessions/end-batch.ts: ends many sessions in two statements.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EndReason } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { query } from '../platform/query.ts';
import type { Tables } from './session-queries.ts';

export interface BatchEnd {
  readonly endReason: EndReason;
  readonly origin: Origin;
}

/** Resolves with how many have ended now: of two runs at once, each session is ended and counted by one. */
export function createEndBatch({ now, audit }: { now: Clock; audit: AuditLog }) {
  return async (tx: SqlEntityManager, ids: readonly string[], { endReason, origin }: BatchEnd): Promise<number> => {
    if (ids.length === 0) return 0; // SQL has no empty list
    const ended = await query<Tables>(tx)
      .updateTable('Session')
      .set({ endedAt: now(), endReason })
      .where('id', 'in', ids)
      .where('endedAt', 'is', null)
      .returning(['id', 'userId', 'clientId'])
      .execute();
    const event = { type: 'session.ended', origin, details: { endReason } } as const;
    await audit.recordAll(
      tx,
      ended.map(({ id: sessionId, userId, clientId }) => ({ ...event, sessionId, userId, clientId })),
    );
    return ended.length;
  };
}
