// audit/audit-log.ts: writes down what happened, in the same transaction as what it tells of, and says it in the log when
// that has become true.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AfterCommit } from '../platform/after-commit.ts';
import { addSeconds, type Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { maskAddress } from '../platform/network.ts';
import type { Origin } from '../platform/origin.ts';
import { type Query, query, type Table } from '../platform/query.ts';
import { newId } from '../platform/random.ts';
import { insertion, statement } from '../platform/statement.ts';
import { AuditEvent, type AuditEventRow, type AuditEventType } from './audit-event.ts';

interface Tables {
  AuditEvent: Table<typeof AuditEvent>;
}

export interface Happening {
  readonly type: AuditEventType;
  readonly userId?: string;
  readonly clientId?: string;
  readonly sessionId?: string;
  readonly origin: Origin;
  /** Never a secret, never an address. */
  readonly details?: Record<string, string | number>;
}

/** What a user does. It can be repeated. */
export interface Act extends Happening {
  readonly userId: string;
}

/** The administrator who asked for what the service did. */
export interface Initiator {
  readonly clientId: string;
  /** Identifier of the user, or of the client if it acts for itself. */
  readonly by: string;
}

/** The members of an event that name its initiator, if there is one. */
export function initiatedBy(initiator: Initiator | null, details: NonNullable<Happening['details']> = {}) {
  return initiator ? { clientId: initiator.clientId, details: { ...details, by: initiator.by } } : { details };
}

export interface Mention extends Omit<Happening, 'type'> {
  readonly type: AuditEventType | 'session.refreshed';
}

export interface Search {
  /** Identifier of an event; empty for the newest. */
  readonly before: string;
  readonly limit: number;
  readonly userId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly type?: AuditEventType | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** Repetitions within this time share one event. */
const COLLAPSED_SECONDS = 3600;

const insert = insertion(AuditEvent);

const findNewest = statement((db: Query<Tables>, { userId }: { userId: string }) =>
  db.selectFrom('AuditEvent').selectAll().where('userId', '=', userId).orderBy('id', 'desc').limit(1),
);

const changeDetails = statement((db: Query<Tables>, { id, details }: Pick<AuditEventRow, 'id' | 'details'>) =>
  db.updateTable('AuditEvent').set({ details }).where('id', '=', id),
);

export type AuditLog = ReturnType<typeof createAuditLog>;

interface Parts {
  readonly now: Clock;
  readonly log: Logger;
  readonly afterCommit: AfterCommit;
}

export function createAuditLog({ now, log, afterCommit }: Parts) {
  async function record(tx: SqlEntityManager, happening: Happening): Promise<void> {
    await insert.change(tx, toRow(happening));
    afterCommit(tx, () => mention(happening));
  }

  /** Many at once, in one statement. */
  async function recordAll(tx: SqlEntityManager, happenings: readonly Happening[]): Promise<void> {
    if (happenings.length === 0) return; // an empty list is no SQL
    await query<Tables>(tx).insertInto('AuditEvent').values(happenings.map(toRow)).execute();
    afterCommit(tx, () => happenings.forEach(mention));
  }

  function toRow(happening: Happening): AuditEventRow {
    const { type, userId = null, clientId = null, sessionId = null, origin, details = {} } = happening;
    const { ip, requestId } = origin;
    return { id: newId(), type, occurredAt: now(), ip, userId, clientId, sessionId, requestId, details };
  }

  /**
   * Counts one more repetition in the newest event of the user, if that is the same act from the same session and
   * address and began less than an hour ago. Otherwise records a new event. The transaction must hold the row of the
   * user, or two acts at once would count as one.
   */
  async function recordAgain(tx: SqlEntityManager, act: Act): Promise<void> {
    const newest = await findNewest.first(tx, act);
    if (!newest || !isRepeated(newest, act)) return record(tx, act);
    const times = Number(newest.details.times ?? 1) + 1;
    const { id, details } = newest;
    await changeDetails.change(tx, { id, details: { ...details, times, until: now().toISOString() } });
    afterCommit(tx, () => mention(act));
  }

  function isRepeated(event: AuditEventRow, { type, sessionId, clientId, origin }: Act): boolean {
    const isSameSession = event.sessionId === (sessionId ?? null) && event.clientId === (clientId ?? null);
    const isRecent = event.occurredAt > addSeconds(now(), -COLLAPSED_SECONDS);
    return event.type === type && isSameSession && event.ip === origin.ip && isRecent;
  }

  /** Says it in the log and nowhere else: for what has happened, and happens too often for a row. */
  function mention({ type, userId, clientId, sessionId, origin, details }: Mention): void {
    if (!log.isLevelEnabled('info')) return;
    const { ip, requestId } = origin;
    log.info({ type, userId, clientId, sessionId, requestId, network: maskAddress(ip), details }, 'audit');
  }

  /** The newest events, the oldest of them first. */
  async function latest(tx: SqlEntityManager, limit: number): Promise<AuditEventRow[]> {
    const rows = await query<Tables>(tx)
      .selectFrom('AuditEvent')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.reverse();
  }

  /** What was written down after the event `last`, in that order; empty for everything. */
  async function since(tx: SqlEntityManager, last: string, limit: number): Promise<AuditEventRow[]> {
    const rows = query<Tables>(tx).selectFrom('AuditEvent').selectAll().orderBy('id').limit(limit);
    return (last === '' ? rows : rows.where('id', '>', last)).execute();
  }

  /** Newest first, from the one before `before`. */
  async function list(tx: SqlEntityManager, { before, limit, userId, clientId, type, since, until }: Search) {
    let rows = query<Tables>(tx).selectFrom('AuditEvent').selectAll().orderBy('id', 'desc').limit(limit);
    if (before !== '') rows = rows.where('id', '<', before);
    if (userId) rows = rows.where('userId', '=', userId);
    if (clientId) rows = rows.where('clientId', '=', clientId);
    if (type) rows = rows.where('type', '=', type);
    if (since) rows = rows.where('occurredAt', '>=', since);
    if (until) rows = rows.where('occurredAt', '<', until);
    return rows.execute();
  }

  return { record, recordAll, recordAgain, mention, latest, since, list };
}
