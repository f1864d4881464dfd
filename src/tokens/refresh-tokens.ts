// tokens/refresh-tokens.ts: rotates refresh tokens. What is decided is in rotation.ts; here it is carried out: a look, and a
// compare-and-swap in one statement, which fails when anybody was faster.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Client } from '../clients/client.ts';
import { AuthError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Commit } from '../platform/group-commit.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import { isAdministrative } from '../roles/permissions.ts';
import type { SessionState } from '../sessions/session.ts';
import type { Sessions, Turn } from '../sessions/sessions.ts';
import type { RefreshTokenSeal, SealedTurn } from './refresh-token-seal.ts';
import { decide, type Presented, type RestoredSessions, type Verdict } from './rotation.ts';
import type { Scopes } from './scope.ts';
import { findStoredSession, type StoredSession } from './stored-session.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly commit: Commit;
  /** Resolves when all that is committed is durable. */
  readonly settled: () => Promise<void>;
  readonly now: Clock;
  readonly seal: RefreshTokenSeal;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly scopes: Scopes;
  readonly graceSeconds: number;
  readonly restoredSessions: RestoredSessions;
  /** Whether there is room for an event that a session can cause as often as it likes. */
  readonly mayRecord: (sessionId: string) => Promise<boolean>;
}

/** What comes with a refresh token. */
export interface Attempt extends Omit<Presented, 'generation' | 'clientId'> {
  readonly client: Client;
  readonly origin: Origin;
}

/** The session as it stands after the refresh, and the roles of its user as they are now. */
export interface Refreshed {
  readonly session: SessionState;
  readonly roles: readonly string[];
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>;

export function createRefreshTokens(parts: Parts) {
  const { em, commit, settled, now, seal, sessions, audit, scopes, graceSeconds, restoredSessions, mayRecord } = parts;

  /**
   * Throws `refresh_token_malformed`, `_unknown`, `_of_another_client`, `_superseded` or `_reused`, `session_ended` with its
   * reason, or `invalid_scope`. A refresh that is refused consumes nothing, except that a reused token
   * ends its session.
   */
  async function rotate(token: string, attempt: Attempt): Promise<Refreshed> {
    const turn = seal.open(token);
    if (!turn) throw new AuthError('refresh_token_malformed');
    const refreshed = await settle(turn, attempt);
    const { id: sessionId, userId, clientId } = refreshed.session;
    audit.mention({ type: 'session.refreshed', sessionId, userId, clientId, origin: attempt.origin });
    return refreshed;
  }

  async function settle(turn: SealedTurn, attempt: Attempt): Promise<Refreshed> {
    const stored = await findStoredSession(em, turn.sessionId);
    if (!stored) throw new AuthError('refresh_token_unknown');
    const { session, account, roles } = stored;
    const at = now();
    const presented = { ...attempt, generation: turn.generation };
    const grace = await graceOf(stored, attempt);
    const verdict = decide({ stored: session, account, presented, at, graceSeconds: grace, restoredSessions });
    switch (verdict.kind) {
      case 'refused':
        throw await refuse(session, attempt, verdict);
      case 'reused':
        await transact(em, (tx) => sessions.end(tx, session, 'token_reused', attempt.origin));
        throw new AuthError('refresh_token_reused', { reason: 'token_reused' });
      case 'ahead':
        await endAhead(session, { to: verdict.to, at, ...attempt });
        return settle(turn, attempt); // look again: the session has ended, or another refresh was faster
      case 'repeat':
        await settled(); // the request that made the successor may still be waiting for that
        if (verdict.key !== 'same') await recordRepeat(session, attempt, verdict.key);
        return { session, roles };
      case 'rotate':
      case 'catch_up': {
        const advanced = await advance[verdict.kind](session, { to: verdict.to, at, ...attempt });
        // Somebody was faster: look again. Generations only grow, so that this comes to an end.
        return advanced ? { session: advanced, roles } : settle(turn, attempt);
      }
    }
  }

  /**
   * None for a session that gives administrative scopes now: there, a second use without the key of the first is a theft. To
   * find that out costs a query, which ordinary sessions do not pay.
   */
  async function graceOf({ session: { scope }, roles }: StoredSession, { client }: Attempt): Promise<number> {
    if (!isAdministrative(scope)) return graceSeconds;
    const given = scopes.within(await scopes.cut(em, scope, roles), client);
    return isAdministrative(given) ? 0 : graceSeconds;
  }

  /** By one statement, which is a transaction by itself; and by two, of which neither may happen without the other. */
  const advance = {
    rotate: (seen: SessionState, turn: Turn) => commit((tx) => sessions.advance(tx, seen, turn)),
    catch_up: (seen: SessionState, turn: Turn & Attempt) =>
      transact(em, async (tx) => {
        const advanced = await sessions.advance(tx, seen, turn);
        if (advanced) await recordAhead(tx, advanced, turn);
        return advanced;
      }),
  };

  /** The session first takes the generation of the token, so that of several requests at once one ends it. */
  async function endAhead(seen: SessionState, turn: Turn & Attempt): Promise<void> {
    await transact(em, async (tx) => {
      const advanced = await sessions.advance(tx, seen, turn);
      if (!advanced) return;
      await recordAhead(tx, advanced, turn);
      await sessions.end(tx, advanced, 'ended_by_admin', turn.origin);
    });
  }

  async function refuse(
    { id: sessionId, userId }: SessionState,
    { origin, client: { id: clientId } }: Attempt,
    { code, reason }: Refusal,
  ) {
    const isOfAnother = code === 'refresh_token_of_another_client';
    if (isOfAnother && (await mayRecord(sessionId)))
      await audit.record(em, { type: 'refresh_token.of_another_client', sessionId, userId, clientId, origin });
    return new AuthError(code, { reason });
  }

  /** Tabs that do not share their key look like this, and so does a thief who keeps in step with the owner. */
  async function recordRepeat({ id: sessionId, userId, clientId }: SessionState, { origin }: Attempt, key: string) {
    if (!(await mayRecord(`repeat ${sessionId}`))) return;
    const happening = {
      type: 'refresh_token.repeated',
      sessionId,
      userId,
      clientId,
      origin,
      details: { key },
    } as const;
    await commit((tx) => audit.record(tx, happening));
  }

  async function recordAhead(tx: SqlEntityManager, { id, userId, clientId, generation }: SessionState, by: Attempt) {
    const type = 'refresh_token.ahead_of_database';
    await audit.record(tx, { type, sessionId: id, userId, clientId, origin: by.origin, details: { generation } });
  }

  return { rotate };
}

type Refusal = Extract<Verdict, { kind: 'refused' }>;
