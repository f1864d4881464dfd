// tokens/guard.ts: lets in whoever brings an access token that is good, and still good in the database.
import type { RecordBounded } from '../audit/bounded-record.ts';
import { AuthError } from '../errors.ts';
import { bearerToken, type Guard } from '../http/guard.ts';
import type { AdminScope } from '../roles/roles.ts';
import type { Principal } from '../users/principal.ts';
import type { AccessTokenClaims, AccessTokens } from './access-tokens.ts';
import type { Standing, StandingOf } from './stored-state.ts';

/** A token that is good, and what it is still good for. */
export interface Bearer {
  readonly claims: AccessTokenClaims;
  readonly standing: Standing;
}

interface Parts {
  readonly accessTokens: AccessTokens;
  readonly standingOf: StandingOf;
}

/** A person, in a session. A client that speaks for itself is refused: what is asked for here is somebody's own. */
export function signedInGuard({ accessTokens, standingOf }: Parts): Guard<Principal> {
  return {
    requirements: [{ accessToken: [] }],
    errors: ['token_missing', 'invalid_token', 'insufficient_scope'],
    async admit({ authorization }) {
      const { claims, standing } = await identify(authorization, accessTokens.read, standingOf);
      const { sub: userId, sid: sessionId, clientId } = claims;
      if (sessionId === null) throw new AuthError('insufficient_scope');
      return { userId, sessionId, clientId, scope: standing.scope };
    },
    name: ({ userId, clientId }) => ({ userId, clientId }),
  };
}

/** A user, or a client that speaks for itself, at an administrative endpoint. */
export interface Actor {
  readonly userId: string | null;
  readonly clientId: string;
  /** What the presented token is still good for. */
  readonly scope: string;
}

/** Requires a token that has this scope, whose user or client may still have it. A refusal is audited. */
export function scopeGuard({ accessTokens, standingOf, recordBounded }: Parts & { recordBounded: RecordBounded }) {
  return (scope: AdminScope): Guard<Actor> => ({
    requirements: [{ accessToken: [scope] }],
    errors: ['token_missing', 'invalid_token', 'insufficient_scope'],
    async admit({ authorization, origin }) {
      const { claims, standing } = await identify(authorization, accessTokens.read, standingOf);
      const { sub, sid, clientId } = claims;
      if (!standing.scope.split(' ').includes(scope)) {
        await recordBounded(sub, { type: 'permission.refused', clientId, origin, details: { by: sub, scope } });
        throw new AuthError('insufficient_scope', { scope });
      }
      return { userId: sid === null ? null : sub, clientId, scope: standing.scope };
    },
    name: ({ userId, clientId }) => ({ userId, clientId }),
  });
}

/** Whoever brings a token of ours, whomever it is for. */
export function bearerGuard({ accessTokens, standingOf }: Parts): Guard<Bearer> {
  return {
    requirements: [{ accessToken: [] }],
    errors: ['token_missing', 'invalid_token', 'insufficient_scope'],
    admit: ({ authorization }) => identify(authorization, accessTokens.readForAnyone, standingOf),
    name: ({ claims: { sub, sid, clientId } }) => ({ userId: sid === null ? null : sub, clientId }),
  };
}

async function identify(
  authorization: string | undefined,
  read: AccessTokens['read'],
  standingOf: StandingOf,
): Promise<Bearer> {
  const claims = await read(bearerToken(authorization));
  const standing = claims && (await standingOf(claims));
  if (!standing) throw new AuthError('invalid_token');
  return { claims, standing };
}

/** Who a request comes from, if it says so. */
export interface Visitor {
  readonly principal: Principal | null;
  /** What is wrong with the token that it brings. The operation decides whether it needs the token. */
  readonly refusal: AuthError | null;
}

/** Anyone; a user in a session is recognised. The token of a client that acts for itself says nothing here. */
export function visitorGuard(parts: Parts): Guard<Visitor> {
  const signedIn = signedInGuard(parts);
  return {
    requirements: [{ accessToken: [] }, {}],
    errors: ['invalid_token'],
    async admit(credentials) {
      if (credentials.authorization === undefined) return { principal: null, refusal: null };
      try {
        return { principal: await signedIn.admit(credentials), refusal: null };
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        return { principal: null, refusal: error.code === 'invalid_token' ? error : null };
      }
    },
    name: ({ principal }) => (principal ? signedIn.name(principal) : {}),
  };
}

/** For log-out: an access token helps, if it is good for anything, but nobody has to have one. */
export const optionalBearer: Guard<string | null> = {
  requirements: [{ accessToken: [] }, {}],
  errors: ['invalid_token'],
  admit: async ({ authorization }) => (authorization === undefined ? null : bearerToken(authorization)),
  name: () => ({}),
};
