// sessions/sessions.ts: opens, finds and ends sessions.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EndReason } from '../errors.ts';
import { addSeconds, type Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { type Query, query, type Table } from '../platform/query.ts';
import { newId } from '../platform/random.ts';
import { insertion, statement } from '../platform/statement.ts';
import { idleEnd, type Lifetimes, lifetimeOf } from './lifetimes.ts';
import { Session, type SessionRow, type SessionState } from './session.ts';

interface Tables {
  Session: Table<typeof Session>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly audit: AuditLog;
  readonly lifetimes: Lifetimes;
  /** How many a user can have at once; a sign-in beyond that ends the oldest. */
  readonly maxPerUser: number;
}

export interface SignIn {
  readonly userId: string;
  readonly clientId: string;
  readonly scope: string;
  readonly remembered: boolean;
  /** How the user was authenticated (RFC 8176). */
  readonly amr: readonly string[];
  readonly origin: Origin;
}

/** What a rotation leaves behind. */
export interface Turn {
  readonly to: number;
  readonly at: Date;
  readonly retryKeyHash: string | null;
}

export interface Ends {
  readonly userId: string;
  /** The session that goes on, if any. */
  readonly except?: string;
  readonly reason: EndReason;
  readonly origin: Origin;
}

export type Sessions = ReturnType<typeof createSessions>;

/** SQLite has no offset without a limit. */
const ALL = 2 ** 31 - 1;

const findById = statement((db: Query<Tables>, { id }: { id: string }) =>
  db.selectFrom('Session').selectAll().where('id', '=', id),
);

interface Swap extends Pick<SessionRow, 'id' | 'generation' | 'rotatedAt' | 'retryKeyHash' | 'idleExpiresAt'> {
  readonly seen: number;
}

const compareAndSwap = statement(
  (db: Query<Tables>, { id, seen, generation, rotatedAt, retryKeyHash, idleExpiresAt }: Swap) =>
    db
      .updateTable('Session')
      .set({ generation, rotatedAt, retryKeyHash, idleExpiresAt })
      .where('id', '=', id)
      .where('generation', '=', seen)
      .where('endedAt', 'is', null),
);

const insert = insertion(Session);

interface Surplus {
  readonly userId: string;
  readonly at: Date;
  readonly keep: number;
}

/** Of the live sessions of a user, those that are left when so many of the newest are kept. */
const findSurplus = statement((db: Query<Tables>, { userId, at, keep }: Surplus) =>
  liveOf(db, userId, at).limit(ALL).offset(keep),
);

/** The sessions of a user that have neither ended nor expired, newest first. */
function liveOf(db: Query<Tables>, userId: string, at: Date) {
  return db
    .selectFrom('Session')
    .selectAll()
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .where('idleExpiresAt', '>', at)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc');
}

export function createSessions({ em, now, audit, lifetimes, maxPerUser }: Parts) {
  /** The caller has locked the user, so that two sign-ins at once do not both find room for one. */
  async function open(tx: SqlEntityManager, signIn: SignIn): Promise<SessionRow> {
    const session = toRow(signIn, now(), lifetimes);
    const { userId, clientId, origin } = signIn;
    const surplus = await findSurplus.all(tx, { userId, at: session.createdAt, keep: maxPerUser - 1 });
    for (const oldest of surplus) await end(tx, oldest, 'too_many_sessions', origin);
    await insert.change(tx, session);
    await audit.record(tx, { type: 'session.started', sessionId: session.id, userId, clientId, origin });
    return session;
  }

  async function findIn(tx: SqlEntityManager, id: string): Promise<SessionRow | null> {
    return findById.first(tx, { id });
  }

  /**
   * Moves a live session on to another generation, if it still stands where we saw it. Of any number that try at
   * once, one wins; the others get null and have to look again.
   */
  async function advance(tx: SqlEntityManager, seen: SessionState, { to, at, retryKeyHash }: Turn) {
    const turned = { generation: to, rotatedAt: at, retryKeyHash, idleExpiresAt: idleEnd(seen, lifetimes, at) };
    const changed = await compareAndSwap.change(tx, { ...turned, id: seen.id, seen: seen.generation });
    return changed === 1 ? { ...seen, ...turned } : null;
  }

  /** Ends one session. Ending what is over already changes nothing: the first reason stays. */
  async function end(tx: SqlEntityManager, session: SessionState, endReason: EndReason, origin: Origin): Promise<void> {
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('Session')
      .set({ endedAt: now(), endReason })
      .where('id', '=', session.id)
      .where('endedAt', 'is', null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return;
    const { id: sessionId, userId, clientId } = session;
    await audit.record(tx, { type: 'session.ended', sessionId, userId, clientId, origin, details: { endReason } });
  }

  /** Ends the sessions of a user, all or all but one. */
  async function endAll(tx: SqlEntityManager, { userId, except, reason, origin }: Ends): Promise<void> {
    const live = await listLive(tx, userId);
    for (const session of live) if (session.id !== except) await end(tx, session, reason, origin);
  }

  async function listLive(tx: SqlEntityManager, userId: string): Promise<SessionRow[]> {
    return liveOf(query<Tables>(tx), userId, now()).execute();
  }

  return { open, find: (id: string) => findIn(em, id), findIn, advance, end, endAll, listLive };
}

function toRow(signIn: SignIn, at: Date, lifetimes: Lifetimes): SessionRow {
  const { userId, clientId, scope, remembered, amr, origin } = signIn;
  const { absoluteSeconds } = lifetimeOf(lifetimes, remembered);
  const expiresAt = addSeconds(at, absoluteSeconds);
  return {
    id: newId(),
    userId,
    clientId,
    scope,
    remembered,
    generation: 0,
    minGeneration: 0,
    rotatedAt: at,
    retryKeyHash: null,
    authTime: at,
    amr: [...amr],
    createdAt: at,
    idleExpiresAt: idleEnd({ remembered, expiresAt }, lifetimes, at),
    expiresAt,
    endedAt: null,
    endReason: null,
    ip: origin.ip,
    userAgent: origin.userAgent,
  };
}
