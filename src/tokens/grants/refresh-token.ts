// tokens/grants/refresh-token.ts: the next pair of tokens for a session (RFC 6749 section 6).
import { z } from 'zod';
import type { Client } from '../../clients/client.ts';
import type { Origin } from '../../platform/origin.ts';
import { digest } from '../../platform/secrets.ts';
import type { RefreshTokens } from '../refresh-tokens.ts';
import type { Scopes } from '../scope.ts';
import type { Issue } from '../token-answer.ts';
import { tokenRequestExamples } from '../token-examples.ts';
import { clientParameters, Resource, Scope } from './parameters.ts';

export const RefreshTokenRequest = z
  .object({
    grant_type: z.literal('refresh_token'),
    refresh_token: z.string(),
    ...clientParameters,
    scope: Scope,
    resource: Resource,
  })
  .meta({
    id: 'RefreshTokenRequest',
    description: 'Exchange a refresh token for the next pair of tokens.',
    examples: [tokenRequestExamples.refresh_token],
  })
  .transform(({ grant_type: grantType, refresh_token: refreshToken, ...rest }) => ({
    grantType,
    refreshToken,
    ...rest,
  }));

/** A retry with the same key gets the same refresh token again, however late: the key shows who it is. */
export type RetryKey = string | null;

interface Parts {
  readonly refreshTokens: RefreshTokens;
  readonly scopes: Scopes;
  readonly issue: Issue;
}

export function createRefreshTokenGrant({ refreshTokens, scopes, issue }: Parts) {
  return async (request: z.output<typeof RefreshTokenRequest>, client: Client, origin: Origin, retryKey: RetryKey) => {
    const { scope } = request;
    const audience = scopes.chooseAudience(request.resource, client); // before the rotation: a refusal consumes nothing
    const attempt = { client, scope, retryKeyHash: retryKey && digest(retryKey), origin };
    const { session, roles } = await refreshTokens.rotate(request.refreshToken, attempt);
    return issue.forSession({ session, roles, client, scope: scope ?? session.scope, audience });
  };
}
