// tokens/forward-auth-routes.ts: says to a reverse proxy whether a request may pass, and whose it is. For services that do not
// look at tokens themselves, behind nginx (`auth_request`), Traefik (`ForwardAuth`) or Caddy (`forward_auth`).
import { z } from 'zod';
import { AuthError } from '../errors.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { empty, noContent, withHeaders } from '../http/reply.ts';
import { type AccessTokenClaims, isFor } from './access-tokens.ts';
import type { Bearer } from './guard.ts';
import type { Standing } from './stored-state.ts';

interface Parts {
  readonly bearer: Guard<Bearer>;
  /** The audience that a token needs if the proxy names none. */
  readonly defaultAudience: string;
}

const ForwardAuthQuery = z.strictObject({
  scope: z
    .string()
    .max(1024)
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be scopes with single spaces between')
    .optional()
    .describe('Scopes that the token must have, all of them, separated by spaces.')
    .meta({ examples: ['orders:read'] }),
  audience: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Whom the token must be for; by default the first of `AUDIENCE`, which is the issuer if it is not set.')
    .meta({ examples: ['https://orders.example'] }),
});

export function forwardAuthEndpoints({ bearer, defaultAudience }: Parts): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/forward-auth',
      operationId: 'authorizeForward',
      tag: 'Tokens',
      summary: 'Ask whether a request may pass a proxy',
      description:
        'The proxy sends the `Authorization` of the request that it holds. What is answered is what the database knows now: a session that has ended does not pass.',
      guard: bearer,
      limit: 'none',
      failures: 'problem',
      query: ForwardAuthQuery,
      replies: {
        204: withHeaders(empty('It may pass.'), {
          'X-Auth-Subject': 'The identifier of the user, or of the client that speaks for itself.',
          'X-Auth-Client': 'The identifier of the client.',
          'X-Auth-Scope': 'What the token is good for now, separated by spaces; may be empty.',
          'X-Auth-Roles': 'The roles of the user beyond `user`, separated by spaces; may be empty.',
          'X-Auth-Session': 'The identifier of the session; empty where a client speaks for itself.',
        }),
      },
      handle: async ({ query: { scope, audience = defaultAudience } }, { caller: { claims, standing } }) => {
        if (!isFor(claims, audience)) throw new AuthError('invalid_token');
        const granted = standing.scope.split(' ');
        const isEnough = scope === undefined || scope.split(' ').every((one) => granted.includes(one));
        if (!isEnough) throw new AuthError('insufficient_scope', { scope });
        return noContent(identity(claims, standing));
      },
    }),
  ];
}

/** All of them always, so that a proxy which copies them leaves nothing standing that its caller has sent. */
function identity({ sub, sid, clientId }: AccessTokenClaims, { scope, roles }: Standing): Record<string, string> {
  return {
    'X-Auth-Subject': sub,
    'X-Auth-Client': clientId,
    'X-Auth-Scope': scope,
    'X-Auth-Roles': roles.join(' '),
    'X-Auth-Session': sid ?? '',
  };
}
