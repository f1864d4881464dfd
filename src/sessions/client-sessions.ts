// sessions/client-sessions.ts: ends the sessions of a client that was disabled or deleted: in the same transaction if they
// are few, else in batches, which go on after a crash because the row of the client says what is left.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EndingClient } from '../clients/client-state.ts';
import type { Clients } from '../clients/clients.ts';
import type { Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { query } from '../platform/query.ts';
import { transact } from '../platform/transaction.ts';
import { createEndBatch } from './end-batch.ts';
import type { Tables } from './session-queries.ts';

/** More would delay all other requests on SQLite, which has one writer. */
const AT_ONCE = 1_000;
const BATCH = 500;

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly audit: AuditLog;
  readonly clients: Clients;
}

export type ClientSessions = ReturnType<typeof createClientSessions>;

export function createClientSessions({ em, now, audit, clients }: Parts) {
  const endThese = createEndBatch({ now, audit });

  /**
   * Call it in the transaction that has just disabled, enabled, deleted or registered the client. Returns how many sessions
   * end: they have ended when the transaction is committed or, if they are many, `endDue` ends them.
   */
  async function begin(tx: SqlEntityManager, id: string, origin: Origin): Promise<number> {
    const ending = await clients.findEnding(tx, id);
    if (!ending) return 0;
    const { sessions } = await dueOf(tx, ending)
      .select(({ fn }) => fn.countAll().as('sessions'))
      .executeTakeFirstOrThrow();
    if (Number(sessions) > AT_ONCE) return Number(sessions);
    await endSome(tx, ending, { limit: AT_ONCE, origin });
    await clients.finishEnding(tx, ending);
    return Number(sessions);
  }

  /** Batch after batch, until nothing is due or the signal aborts. Safe on several instances at once. */
  async function endDue(origin: Origin, signal?: AbortSignal): Promise<void> {
    for (const id of await clients.listEnding(em)) {
      for (let isMore = true; isMore && !signal?.aborted; )
        isMore = await transact(em, (tx) => endBatch(tx, id, origin));
    }
  }

  /** Whether there are more. */
  async function endBatch(tx: SqlEntityManager, id: string, origin: Origin): Promise<boolean> {
    const ending = await clients.holdEnding(tx, id);
    if (!ending) return false;
    if ((await endSome(tx, ending, { limit: BATCH, origin })) === BATCH) return true;
    await clients.finishEnding(tx, ending);
    return false;
  }

  async function endSome(tx: SqlEntityManager, ending: EndingClient, { limit, origin }: Batch): Promise<number> {
    const due = await dueOf(tx, ending).select('id').orderBy('id').limit(limit).execute();
    const endReason = ending.deletedAt ? 'client_deleted' : 'client_disabled';
    await endThese(
      tx,
      due.map(({ id }) => id),
      { endReason, origin },
    );
    return due.length;
  }

  return { begin, endDue };
}

interface Batch {
  readonly limit: number;
  readonly origin: Origin;
}

/** Of a client that is not live, every session: the clocks of instances differ, and none may survive by its date. */
function dueOf(tx: SqlEntityManager, { id, disabledAt, sessionsEndBefore }: EndingClient) {
  const open = query<Tables>(tx).selectFrom('Session').where('clientId', '=', id).where('endedAt', 'is', null);
  return disabledAt ? open : open.where('createdAt', '<', sessionsEndBefore);
}
