// tokens/token-answer.ts: what a successful grant is answered with.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { z } from 'zod';
import type { Client } from '../clients/client.ts';
import { type Clock, secondsBetween } from '../platform/clock.ts';
import type { SessionState } from '../sessions/session.ts';
import type { AccessTokens, Person } from './access-tokens.ts';
import { refreshAfter } from './refresh-after.ts';
import type { RefreshTokenSeal } from './refresh-token-seal.ts';
import type { Scopes } from './scope.ts';
import { tokenAnswerExamples } from './token-examples.ts';

const members = {
  access_token: z.string().describe('A JWT (RFC 9068).'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Life of the access token, in seconds.'),
  refresh_after: z
    .int()
    .describe('When to refresh, in seconds from now: at random between 50 % and 90 % of the life of the access token.'),
  scope: z.string().describe('Space-separated; empty if nothing was granted.'),
};

export const TokenAnswer = z
  .object({
    ...members,
    refresh_token: z.string().describe('Opaque. It replaces the one before it.'),
    refresh_expires_in: z.int().describe('Seconds until the refresh token dies unless it is used.'),
    session_id: z.uuid(),
  })
  .meta({
    id: 'TokenAnswer',
    description: 'RFC 6749 section 5.1 successful response.',
    examples: [tokenAnswerExamples.password],
  });

/** RFC 6749 section 4.4.3: a client needs no refresh token to come back. */
export const ClientTokenAnswer = z.object(members).meta({
  id: 'ClientTokenAnswer',
  description: 'What a client is given that speaks for itself.',
  examples: [tokenAnswerExamples.client_credentials],
});

type Answer = z.input<typeof TokenAnswer>;
type ClientAnswer = z.input<typeof ClientTokenAnswer>;

interface Parts {
  readonly em: SqlEntityManager;
  readonly accessTokens: AccessTokens;
  readonly seal: RefreshTokenSeal;
  readonly scopes: Scopes;
  readonly now: Clock;
  /** Of access tokens, where the client has no life of its own for them. */
  readonly ttlSeconds: number;
}

export interface SessionGrant {
  readonly session: SessionState;
  readonly roles: readonly string[];
  readonly client: Client;
  readonly audience: string;
  /** Part of what the session was granted; cut here to what roles and client have now. */
  readonly scope: string;
}

export interface ClientGrant {
  readonly client: Client;
  readonly audience: string;
  readonly scope: string;
}

/** The last of the three steps of every way in: authenticate, open a session, issue. */
export type Issue = ReturnType<typeof createIssue>;

export function createIssue({ em, accessTokens, seal, scopes, now, ttlSeconds }: Parts) {
  async function forSession({ session, roles, client, audience, scope }: SessionGrant): Promise<Answer> {
    const { id: session_id, generation, idleExpiresAt } = session;
    const granted = scopes.within(await scopes.cut(em, scope, roles), client);
    return {
      ...(await answer({ client, audience, scope: granted }, { session, roles })),
      refresh_token: seal.seal({ sessionId: session_id, generation }),
      refresh_expires_in: secondsBetween(now(), idleExpiresAt),
      session_id,
    };
  }

  async function answer({ client, audience, scope }: ClientGrant, person: Person | null): Promise<ClientAnswer> {
    const seconds = client.accessTokenSeconds ?? ttlSeconds;
    return {
      access_token: await accessTokens.issue({ clientId: client.id, audience, scope, ttlSeconds: seconds, person }),
      token_type: 'Bearer',
      expires_in: seconds,
      refresh_after: refreshAfter(seconds),
      scope,
    };
  }

  return { forSession, forClient: (grant: ClientGrant) => answer(grant, null) };
}
