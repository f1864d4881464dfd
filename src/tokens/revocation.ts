// tokens/revocation.ts: the ends that a client can bring about: revoking a token (RFC 7009) and logging out.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Client } from '../clients/client.ts';
import { AuthError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import { endOf } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type AccessTokenClaims, type AccessTokens, CLOCK_TOLERANCE_SECONDS } from './access-tokens.ts';
import type { RefreshTokenSeal } from './refresh-token-seal.ts';
import { RevokedAccessToken } from './revoked-access-token.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly seal: RefreshTokenSeal;
  readonly accessTokens: AccessTokens;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
}

export const logOutScopes = ['current', 'others', 'all'] as const;

export interface LogOut {
  /** Which sessions of the user end, seen from the one that is presented. */
  readonly which: (typeof logOutScopes)[number];
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly origin: Origin;
}

export type Revocation = ReturnType<typeof createRevocation>;

export function createRevocation({ em, now, seal, accessTokens, sessions, audit }: Parts) {
  /**
   * A refresh token takes its session with it. A token that is unknown or dead changes nothing; nor does another
   * client's, for which a client that has proved who it is gets `token_of_another_client` (RFC 7009 section 2.1).
   */
  async function revoke(token: string, client: Client, origin: Origin): Promise<void> {
    const turn = seal.open(token);
    if (turn) return transact(em, (tx) => endSessionOf(tx, turn.sessionId, client, origin));
    const claims = await accessTokens.readForAnyone(token);
    if (claims && isOf(client, claims.clientId)) await transact(em, (tx) => revokeAccessToken(tx, claims, origin));
  }

  async function endSessionOf(tx: SqlEntityManager, sessionId: string, client: Client, origin: Origin): Promise<void> {
    const session = await sessions.findIn(tx, sessionId);
    if (session && isOf(client, session.clientId)) await sessions.end(tx, session, 'logged_out', origin);
  }

  function isOf({ id, type }: Client, clientId: string): boolean {
    if (id !== clientId && type === 'confidential') throw new AuthError('token_of_another_client');
    return id === clientId;
  }

  async function revokeAccessToken(tx: SqlEntityManager, claims: AccessTokenClaims, origin: Origin): Promise<void> {
    const { jti, exp, sid, sub, clientId } = claims;
    const person = sid === null ? {} : { sessionId: sid, userId: sub };
    const expiresAt = new Date((exp + CLOCK_TOLERANCE_SECONDS) * 1000); // until then it would be accepted
    await tx.upsert(RevokedAccessToken, { jti, expiresAt }, { onConflictAction: 'ignore' });
    await audit.record(tx, { type: 'access_token.revoked', ...person, clientId, origin });
  }

  /**
   * The access token speaks first; where it is dead or missing, the refresh token is enough. A session that is over
   * has no say about the others. Throws `invalid_request` without any token, `invalid_token` for a dead access token
   * that comes alone; whatever else is presented, there is nothing left to end when this returns.
   */
  async function logOut({ which, accessToken, refreshToken, origin }: LogOut): Promise<void> {
    if (accessToken === null && refreshToken === null) throw new AuthError('invalid_request');
    const sessionId = await presentedSession(accessToken, refreshToken);
    if (sessionId === null) return;
    await transact(em, async (tx) => {
      const current = await sessions.findIn(tx, sessionId);
      if (!current || endOf(current, now())) return;
      const { userId, id } = current;
      const ending = { userId, reason: 'logged_out', origin } as const;
      if (which === 'current') await sessions.end(tx, current, 'logged_out', origin);
      else await sessions.endAll(tx, which === 'all' ? ending : { ...ending, except: id });
    });
  }

  async function presentedSession(accessToken: string | null, refreshToken: string | null): Promise<string | null> {
    const claims = accessToken === null ? null : await accessTokens.read(accessToken);
    if (claims && (claims.sid !== null || refreshToken === null)) return claims.sid;
    if (refreshToken === null) throw new AuthError('invalid_token');
    return seal.open(refreshToken)?.sessionId ?? null;
  }

  return { revoke, logOut };
}
