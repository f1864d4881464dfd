// tokens/refresh-tokens.ts: rotates refresh tokens. What is decided is in rotation.ts; here it is carried out, as a
// compare-and-swap in one transaction.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Commit } from '../platform/group-commit.ts';
import type { Origin } from '../platform/origin.ts';
import type { SessionRow } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import type { RefreshTokenSeal, SealedTurn } from './refresh-token-seal.ts';
import { type Account, decide, type Presented, type Verdict } from './rotation.ts';

interface Parts {
  readonly commit: Commit;
  readonly now: Clock;
  readonly seal: RefreshTokenSeal;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly audit: AuditLog;
  readonly graceSeconds: number;
}

/** What comes with a refresh token. */
export interface Attempt extends Omit<Presented, 'generation'> {
  readonly origin: Origin;
}

/** The session as it stands after the refresh, and the roles of its user as they are now. */
export interface Refreshed {
  readonly session: SessionRow;
  readonly roles: readonly string[];
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>;

export function createRefreshTokens({ commit, now, seal, sessions, users, audit, graceSeconds }: Parts) {
  /**
   * Throws `refresh_token_malformed`, `_unknown`, `_of_another_client` or `_reused`, `session_ended` with its reason,
   * `invalid_scope` or `invalid_target`. A refresh that is refused consumes nothing, except that a reused token
   * ends its session.
   */
  async function rotate(token: string, attempt: Attempt): Promise<Refreshed> {
    const turn = seal.open(token);
    if (!turn) throw new AuthError('refresh_token_malformed');
    const outcome = await commit((tx) => settle(tx, turn, attempt));
    // A refusal may have ended the session, and that must be committed: so it is returned, and thrown only here.
    if (outcome instanceof AuthError) throw outcome;
    const { id: sessionId, userId, clientId } = outcome.session;
    audit.mention({ type: 'session.refreshed', sessionId, userId, clientId, origin: attempt.origin });
    return outcome;
  }

  async function settle(tx: SqlEntityManager, turn: SealedTurn, attempt: Attempt): Promise<Refreshed | AuthError> {
    const session = await sessions.findIn(tx, turn.sessionId);
    if (!session) return new AuthError('refresh_token_unknown');
    const user = await users.findIn(tx, session.userId);
    const at = now();
    const presented = { ...attempt, generation: turn.generation };
    const verdict = decide({ stored: session, account: accountOf(user), presented, at, graceSeconds });
    const roles = user?.roles ?? [];
    switch (verdict.kind) {
      case 'refused':
        return refuse(tx, session, attempt, verdict);
      case 'reused':
        await sessions.end(tx, session, 'token_reused', attempt.origin);
        return new AuthError('refresh_token_reused', { reason: 'token_reused' });
      case 'repeat':
        return { session, roles };
      case 'rotate':
      case 'catch_up': {
        const { retryKeyHash } = attempt;
        const advanced = await sessions.advance(tx, session, { to: verdict.to, at, retryKeyHash });
        // Somebody was faster: look again. Generations only grow, so that this comes to an end.
        if (!advanced) return settle(tx, turn, attempt);
        if (verdict.kind === 'catch_up') await recordCatchUp(tx, advanced, attempt);
        return { session: advanced, roles };
      }
    }
  }

  async function refuse(tx: SqlEntityManager, session: SessionRow, attempt: Attempt, { code, reason }: Refusal) {
    if (code === 'refresh_token_of_another_client') {
      const { origin, clientId } = attempt;
      const { id: sessionId, userId } = session;
      await audit.record(tx, { type: 'refresh_token.of_another_client', sessionId, userId, clientId, origin });
    }
    return new AuthError(code, { reason });
  }

  async function recordCatchUp(tx: SqlEntityManager, { id, userId, clientId, generation }: SessionRow, by: Attempt) {
    const type = 'refresh_token.ahead_of_database';
    await audit.record(tx, { type, sessionId: id, userId, clientId, origin: by.origin, details: { generation } });
  }

  return { rotate };
}

type Refusal = Extract<Verdict, { kind: 'refused' }>;

function accountOf(user: UserRow | null): Account {
  if (!user) return 'deleted';
  return user.disabledAt ? 'disabled' : 'active';
}
