// sessions/sessions.ts: opens, finds and ends sessions.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EndReason } from '../errors.ts';
import { addSeconds, type Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { HIGHEST_ID, LOWEST_ID, newId } from '../platform/random.ts';
import { idleEnd, type Lifetimes, lifetimeOf } from './lifetimes.ts';
import { endOf, type SessionRow, type SessionState } from './session.ts';
import {
  BATCH,
  compareAndSwap,
  findById,
  findLive,
  findSurplus,
  findUnended,
  insertSession,
  pruneEnded,
  setEnd,
} from './session-queries.ts';

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

export interface SessionPage {
  /** Identifier of the session that the page begins after; empty for the newest. */
  readonly after: string;
  readonly limit: number;
}

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({ em, now, audit, lifetimes, maxPerUser }: Parts) {
  /** The caller has locked the user, so that two sign-ins at once do not both find room for one. */
  async function open(tx: SqlEntityManager, signIn: SignIn): Promise<SessionRow> {
    const session = toRow(signIn, now(), lifetimes);
    const { userId, clientId, origin } = signIn;
    const at = session.createdAt;
    const surplus = await findSurplus.all(tx, { userId, at, keep: maxPerUser - 1 });
    for (const one of surplus) await endOne(tx, one, endOf(one, at) ?? 'too_many_sessions', origin);
    await insertSession.change(tx, session);
    await pruneEnded(tx, userId);
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
  async function advance(tx: SqlEntityManager, seen: SessionState, turn: Turn): Promise<SessionState | null> {
    return swap(tx, seen, { ...turn, minGeneration: seen.minGeneration });
  }

  /**
   * Moves a session on past every refresh token that was given out: from now on they are refused, and end nothing. Null when
   * the session has ended. A refresh at the same moment comes before this or is refused.
   */
  async function renew(tx: SqlEntityManager, id: string): Promise<SessionState | null> {
    const seen = await findIn(tx, id);
    if (!seen || seen.endedAt) return null;
    const to = seen.generation + 1;
    const renewed = await swap(tx, seen, { to, minGeneration: to, at: now(), retryKeyHash: null });
    return renewed ?? renew(tx, id); // a refresh was faster: generations only grow, so that this comes to an end
  }

  async function swap(tx: SqlEntityManager, seen: SessionState, turn: Turn & { readonly minGeneration: number }) {
    const { to: generation, minGeneration, at, retryKeyHash } = turn;
    const idleExpiresAt = idleEnd(seen, lifetimes, at);
    const turned = { generation, minGeneration, rotatedAt: at, retryKeyHash, idleExpiresAt };
    const changed = await compareAndSwap.change(tx, { ...turned, id: seen.id, seen: seen.generation });
    return changed === 1 ? { ...seen, ...turned } : null;
  }

  /** Ends one session. Ending what is over already changes nothing: the first reason stays. */
  async function end(tx: SqlEntityManager, session: SessionState, endReason: EndReason, origin: Origin): Promise<void> {
    if (await endOne(tx, session, endReason, origin)) await pruneEnded(tx, session.userId);
  }

  async function endOne(tx: SqlEntityManager, session: SessionState, endReason: EndReason, origin: Origin) {
    const { id, userId, clientId } = session;
    if ((await setEnd.change(tx, { id, endedAt: now(), endReason })) === 0) return false;
    await audit.record(tx, { type: 'session.ended', sessionId: id, userId, clientId, origin, details: { endReason } });
    return true;
  }

  /**
   * Ends the sessions of a user, all or all but one. Those too that look expired: a clock that is ahead must not leave any
   * alive.
   */
  async function endAll(tx: SqlEntityManager, { userId, except, reason, origin }: Ends): Promise<void> {
    let batch: SessionRow[];
    let after = LOWEST_ID;
    do {
      batch = await findUnended.all(tx, { userId, after });
      for (const session of batch) if (session.id !== except) await endOne(tx, session, reason, origin);
      await pruneEnded(tx, userId);
      after = batch.at(-1)?.id ?? after;
    } while (batch.length === BATCH);
  }

  /** Newest first; by default as many as a user can have. */
  async function listLive(
    tx: SqlEntityManager,
    userId: string,
    { after, limit }: SessionPage = { after: '', limit: 1000 },
  ): Promise<SessionRow[]> {
    return findLive.all(tx, { userId, at: now(), before: after || HIGHEST_ID, limit });
  }

  return { open, find: (id: string) => findIn(em, id), findIn, advance, renew, end, endAll, listLive };
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
