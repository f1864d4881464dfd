// tokens/revocation.ts: how a client ends sessions: it revokes a token (RFC 7009), or it logs out.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Client } from '../clients/client.ts';
import { AuthError } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';
import type { SpendQuota } from '../platform/quotas.ts';
import { transact } from '../platform/transaction.ts';
import type { SessionRow } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type AccessTokenClaims, type AccessTokens, CLOCK_TOLERANCE_SECONDS } from './access-tokens.ts';
import type { RefreshTokenSeal, SealedTurn } from './refresh-token-seal.ts';
import { RevokedAccessToken } from './revoked-access-token.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly seal: RefreshTokenSeal;
  readonly accessTokens: AccessTokens;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly spendQuota: SpendQuota;
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

export function createRevocation({ em, seal, accessTokens, sessions, audit, spendQuota }: Parts) {
  /**
   * A refresh token takes its session with it. A token that is unknown or dead changes nothing; nor does another
   * client's, for which a client that has proved who it is gets `token_of_another_client` (RFC 7009 section 2.1).
   */
  async function revoke(token: string, client: Client, origin: Origin): Promise<void> {
    const turn = seal.open(token);
    if (turn) return transact(em, (tx) => endSessionOf(tx, turn.sessionId, client, origin));
    const claims = await accessTokens.readForAnyone(token);
    if (!claims || !isOf(client, claims.clientId)) return;
    await spendQuota('revocation', claims.sub); // a refresh gives another token to revoke, as often as one likes
    await transact(em, (tx) => revokeAccessToken(tx, claims, origin));
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
   * The access token counts first; without a live one, the refresh token is enough. A session that has ended ends no others,
   * and an old refresh token ends its own session only, whatever is asked for. Throws `invalid_request` without any token and
   * `invalid_token` for a dead access token that comes alone.
   */
  async function logOut({ which, accessToken, refreshToken, origin }: LogOut): Promise<void> {
    if (accessToken === null && refreshToken === null) throw new AuthError('invalid_request');
    const presented = await presentedTurn(accessToken, refreshToken);
    if (presented === null) return;
    await transact(em, async (tx) => {
      const current = await sessions.findIn(tx, presented.sessionId);
      if (!current || current.endedAt) return; // by the column and not by the clock, which may be ahead
      await endFrom(tx, current, isNewest(presented, current) ? which : 'current', origin);
    });
  }

  async function endFrom(tx: SqlEntityManager, current: SessionRow, which: LogOut['which'], origin: Origin) {
    if (which === 'current') return sessions.end(tx, current, 'logged_out', origin);
    const ending = { userId: current.userId, reason: 'logged_out', origin } as const;
    return sessions.endAll(tx, which === 'all' ? ending : { ...ending, except: current.id });
  }

  async function presentedTurn(accessToken: string | null, refreshToken: string | null): Promise<PresentedTurn | null> {
    const claims = accessToken === null ? null : await accessTokens.read(accessToken);
    if (claims?.sid) return { sessionId: claims.sid, generation: null };
    if (refreshToken !== null) return seal.open(refreshToken);
    if (claims) return null; // of a client, which has no session
    throw new AuthError('invalid_token');
  }

  return { revoke, logOut };
}

/** An access token has no generation. */
type PresentedTurn = Pick<SealedTurn, 'sessionId'> & { readonly generation: number | null };

/** Of an older refresh token the holder may be a thief, or the owner a long time ago: it says nothing about other sessions. */
function isNewest({ generation }: PresentedTurn, session: SessionRow): boolean {
  return generation === null || generation >= session.generation;
}
