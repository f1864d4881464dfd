// tokens/stored-state.ts: what the database says of an access token whose signature is good: the strictest of all facts
// counts (session, user, client, and this very token).
import type { SqlEntityManager } from '@mikro-orm/sql';
import { isEndedWith } from '../clients/client.ts';
import type { Clients } from '../clients/clients.ts';
import { type Clock, toNumericDate } from '../platform/clock.ts';
import type { Query, Table } from '../platform/query.ts';
import { statement } from '../platform/statement.ts';
import { endOf, type Session } from '../sessions/session.ts';
import type { User } from '../users/user.ts';
import { particularRoles } from '../users/users.ts';
import type { AccessTokenClaims } from './access-tokens.ts';
import type { RevokedAccessToken } from './revoked-access-token.ts';
import type { Scopes } from './scope.ts';

interface Tables {
  Session: Table<typeof Session>;
  User: Table<typeof User>;
  RevokedAccessToken: Table<typeof RevokedAccessToken>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly clients: Clients;
  readonly scopes: Scopes;
}

/** What a token is still good for. */
export interface Standing {
  /** As it says, cut to what the user's roles give now, or to what the client may have now. */
  readonly scope: string;
  readonly username: string | null;
  /** Beyond those that everybody has. */
  readonly roles: readonly string[];
}

/** Null when it is good for nothing any more. */
export type StandingOf = (claims: AccessTokenClaims) => Promise<Standing | null>;

const findState = statement((db: Query<Tables>, { sid, sub, jti }: { sid: string; sub: string; jti: string }) =>
  db
    .selectFrom('Session as session')
    .innerJoin('User as user', 'user.id', 'session.userId')
    .leftJoin('RevokedAccessToken as revoked', (join) => join.on('revoked.jti', '=', jti))
    .select(['session.endedAt', 'session.endReason', 'session.idleExpiresAt', 'session.expiresAt', 'session.createdAt'])
    .select(['user.disabledAt', 'user.roles', 'user.email', 'revoked.jti'])
    .where('session.id', '=', sid)
    .where('user.id', '=', sub),
);

const findRevoked = statement((db: Query<Tables>, { jti }: { jti: string }) =>
  db.selectFrom('RevokedAccessToken').select('jti').where('jti', '=', jti),
);

export function createStandingOf({ em, now, clients, scopes }: Parts): StandingOf {
  /** One look at the database: the session lives, its user is not disabled, this very token is not revoked. */
  async function ofPerson({ clientId, sub, jti, scope }: AccessTokenClaims, sid: string): Promise<Standing | null> {
    const client = await clients.find(clientId);
    if (!client) return null;
    const state = await findState.first(em, { sid, sub, jti });
    if (!state || endOf(state, now()) !== null || state.disabledAt !== null || state.jti !== null) return null;
    if (isEndedWith(client, state.createdAt)) return null;
    return {
      scope: scopes.within(await scopes.cut(em, scope, state.roles), client),
      username: state.email,
      roles: particularRoles(state.roles),
    };
  }

  async function ofClient({ clientId, jti, iat, scope }: AccessTokenClaims): Promise<Standing | null> {
    const client = await clients.find(clientId);
    if (client?.type !== 'confidential') return null;
    if (iat < toNumericDate(client.createdAt)) return null; // of an earlier client of this identifier
    const revoked = await findRevoked.first(em, { jti });
    return revoked ? null : { scope: scopes.within(scope, client), username: null, roles: [] };
  }

  return (claims) => (claims.sid === null ? ofClient(claims) : ofPerson(claims, claims.sid));
}
