// tokens/introspection.ts: tells a service the truth about a token (RFC 7662), as the database has it now.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { z } from 'zod';
import { type Client, isEndedWith } from '../clients/client.ts';
import type { Clients } from '../clients/clients.ts';
import { story } from '../examples.ts';
import { type Clock, toNumericDate } from '../platform/clock.ts';
import { endOf, type SessionState } from '../sessions/session.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { RefreshTokenSeal, SealedTurn } from './refresh-token-seal.ts';
import type { RestoredSessions } from './rotation.ts';
import type { Scopes } from './scope.ts';
import { findStoredSession } from './stored-session.ts';
import type { StandingOf } from './stored-state.ts';

/** A client that has it may ask about every token, whomever it is for. */
export const INTROSPECTION_SCOPE = 'tokens:introspect';

const Active = z.object({
  active: z.literal(true),
  scope: z.string(),
  client_id: z.string(),
  username: z.string().optional().describe('The e-mail address of the user.'),
  token_type: z.enum(['Bearer', 'refresh_token']),
  exp: z.int(),
  iat: z.int(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iss: z.string(),
  jti: z.string().optional(),
  sid: z.string().optional(),
});

const example = {
  active: true,
  scope: story.scope,
  client_id: story.app,
  username: story.ada.email,
  token_type: 'Bearer',
  exp: Date.parse(story.at.refresh) / 1000 + 300,
  iat: Date.parse(story.at.refresh) / 1000,
  sub: story.ada.id,
  aud: story.audience,
  iss: story.issuer,
  jti: story.phone.accessTokenId,
  sid: story.phone.sessionId,
};

export const Introspection = z.union([Active, z.object({ active: z.literal(false) })]).meta({
  id: 'Introspection',
  description: 'RFC 7662 section 2.2. A token that is not active has nothing more said of it.',
  examples: [example, { active: false }],
});

type Answer = z.input<typeof Introspection>;

const inactive: Answer = { active: false };

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly issuer: string;
  readonly accessTokens: AccessTokens;
  readonly seal: RefreshTokenSeal;
  readonly standingOf: StandingOf;
  readonly clients: Clients;
  readonly scopes: Scopes;
  readonly restoredSessions: RestoredSessions;
}

/** Who asks decides what is told: a token that is for others, and from others, is none to this caller. */
export type Introspect = (token: string, caller: Client) => Promise<Answer>;

export function createIntrospect(parts: Parts): Introspect {
  const { em, now, issuer, accessTokens, seal, standingOf, clients, scopes, restoredSessions } = parts;

  async function ofAccessToken(token: string, caller: Client): Promise<Answer> {
    const claims = await accessTokens.readForAnyone(token);
    if (!claims || !concerns(caller, claims.clientId, [claims.aud].flat())) return inactive;
    const standing = await standingOf(claims);
    if (!standing) return inactive;
    const { clientId: client_id, sub, jti, sid, exp, iat, aud } = claims;
    const { scope, username } = standing;
    const person = { username: username ?? undefined, sid: sid ?? undefined };
    return { active: true, scope, client_id, ...person, token_type: 'Bearer', exp, iat, sub, aud, iss: issuer, jti };
  }

  /** Good if a refresh with it would be: the newest of a session that is alive, of a user who is not disabled. */
  async function ofRefreshToken({ sessionId, generation }: SealedTurn, caller: Client): Promise<Answer> {
    const stored = await findStoredSession(em, sessionId);
    if (stored?.account !== 'active') return inactive;
    const { session, roles, email } = stored;
    if (!isNewest(session, generation) || endOf(session, now())) return inactive;
    if (!concerns(caller, session.clientId, [])) return inactive;
    const client = await clients.find(session.clientId);
    if (!client || isEndedWith(client, session.createdAt)) return inactive;
    return {
      active: true,
      scope: await scopes.cut(em, session.scope, roles),
      client_id: session.clientId,
      username: email ?? undefined,
      token_type: 'refresh_token',
      exp: toNumericDate(session.idleExpiresAt),
      iat: toNumericDate(session.rotatedAt),
      sub: session.userId,
      aud: issuer,
      iss: issuer,
      sid: session.id,
    };
  }

  /** A generation above the stored one was sealed before the database was restored. */
  function isNewest({ generation: stored }: SessionState, presented: number): boolean {
    return stored === presented || (stored < presented && restoredSessions === 'keep');
  }

  return async (token, caller) => {
    const turn = seal.open(token);
    return turn ? ofRefreshToken(turn, caller) : ofAccessToken(token, caller);
  };
}

function concerns({ id, audiences, scopes }: Client, clientId: string, audience: readonly string[]): boolean {
  if (clientId === id || (scopes !== 'any' && scopes.includes(INTROSPECTION_SCOPE))) return true;
  return audience.some((one) => audiences.includes(one));
}
