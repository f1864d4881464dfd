// tokens/routes.ts: tokens over HTTP.
import { z } from 'zod';
import { type Client, grantTypes } from '../clients/client.ts';
import { AuthError } from '../errors.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { empty, json, noContent, ok } from '../http/reply.ts';
import { ClientCredentialsRequest, type createClientCredentialsGrant } from './grants/client-credentials.ts';
import { clientParameters } from './grants/parameters.ts';
import { type createPasswordGrant, PasswordRequest } from './grants/password.ts';
import { type createRefreshTokenGrant, RefreshTokenRequest } from './grants/refresh-token.ts';
import { optionalBearer } from './guard.ts';
import { type Introspect, Introspection } from './introspection.ts';
import { logOutScopes, type Revocation } from './revocation.ts';
import { ClientTokenAnswer, TokenAnswer } from './token-answer.ts';
import { tokenAnswerExamples, tokenRequestExamples } from './token-examples.ts';

interface Parts {
  readonly clients: { readonly anyClient: Guard<Client>; readonly confidentialClient: Guard<Client> };
  readonly introspect: Introspect;
  readonly grants: {
    readonly clientCredentials: ReturnType<typeof createClientCredentialsGrant>;
    readonly password: ReturnType<typeof createPasswordGrant>;
    readonly refreshToken: ReturnType<typeof createRefreshTokenGrant>;
  };
  readonly revocation: Revocation;
}

/** An unknown grant has an error of its own, and is told before anything else of the body is looked at. */
const TokenRequest = z.preprocess(
  (members, ctx) => {
    const grantType = members instanceof Object ? Reflect.get(members, 'grant_type') : undefined;
    if (typeof grantType === 'string' && !grantTypes.some((known) => known === grantType)) {
      ctx.addIssue({ code: 'custom', path: ['grant_type'], params: { failure: 'unsupported_grant_type' } });
    }
    return members;
  },
  z.discriminatedUnion('grant_type', [PasswordRequest, RefreshTokenRequest, ClientCredentialsRequest]),
);

const RetryHeaders = z
  .object({
    'idempotency-key': z
      .string()
      .regex(/^[\x21-\x7E]{1,255}$/)
      .optional()
      .describe(
        'For a refresh: a random value, such as a UUID, kept until the answer has arrived. A retry that repeats it gets the same refresh token again, at any time.',
      )
      .meta({ examples: [story.retryKey] }),
  })
  .transform((headers) => ({ retryKey: headers['idempotency-key'] ?? null }));

const RevokeRequest = z
  .object({
    token: z.string().describe('A refresh token or an access token.'),
    token_type_hint: z.string().optional().describe('Ignored: tokens tell what they are.'),
    ...clientParameters,
  })
  .meta({
    id: 'RevokeRequest',
    description: 'RFC 7009 section 2.1.',
    examples: [{ token: story.phone.nextRefreshToken, token_type_hint: 'refresh_token' }],
  });

const LogOutRequest = z
  .strictObject({
    sessions: z.enum(logOutScopes).default('current'),
    refresh_token: z.string().optional().describe('Enough by itself when the access token is dead.'),
  })
  .meta({
    id: 'LogOutRequest',
    examples: [{ sessions: 'current', refresh_token: story.phone.nextRefreshToken }, { sessions: 'all' }],
  })
  .transform(({ sessions, refresh_token }) => ({ which: sessions, refreshToken: refresh_token ?? null }));

const IntrospectRequest = z
  .object({
    token: z.string().describe('An access token or a refresh token.'),
    token_type_hint: z.string().optional().describe('Ignored: tokens tell what they are.'),
    ...clientParameters,
  })
  .meta({
    id: 'IntrospectRequest',
    description: 'RFC 7662 section 2.1.',
    examples: [{ token: story.accessToken, client_id: story.reports.id, client_secret: story.reports.secret }],
  });

/** What the grant gives. */
const AnyTokenAnswer = z.union([TokenAnswer, ClientTokenAnswer]);

export function tokenEndpoints({ clients, grants, revocation, introspect }: Parts): Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/token',
      operationId: 'createToken',
      tag: 'Tokens',
      summary: 'Sign in, refresh, or get a token for a client itself',
      description:
        '`grant_type` says what is exchanged for tokens. The body is a form; JSON is accepted as an extension, with the same rules. A request that names no client is one of the built-in first-party client.',
      guard: clients.anyClient,
      limit: 'password',
      failures: 'oauth',
      errors: [
        'unauthorized_client',
        'unsupported_grant_type',
        'invalid_scope',
        'invalid_target',
        'credentials_wrong',
        'email_unverified',
        'refresh_token_reused',
        'overloaded',
      ],
      headers: RetryHeaders,
      body: TokenRequest,
      bodyExamples: tokenRequestExamples,
      replies: { 200: json('The tokens.', AnyTokenAnswer, tokenAnswerExamples) },
      handle: async ({ body, headers }, { caller, origin }) => {
        if (!caller.grants.includes(body.grantType)) throw new AuthError('unauthorized_client');
        switch (body.grantType) {
          case 'password':
            return ok(await grants.password(body, caller, origin));
          case 'refresh_token':
            return ok(await grants.refreshToken(body, caller, origin, headers.retryKey));
          case 'client_credentials':
            return ok(await grants.clientCredentials(body, caller));
        }
      },
    }),
    endpoint({
      method: 'post',
      path: '/revoke',
      operationId: 'revokeToken',
      tag: 'Tokens',
      summary: 'Revoke a refresh token with its session, or one access token',
      description: 'A token that is unknown, dead, or of another client is answered the same (RFC 7009 section 2.2).',
      guard: clients.anyClient,
      limit: 'none',
      failures: 'oauth',
      errors: ['token_of_another_client'],
      body: RevokeRequest,
      replies: { 200: empty('The token is not valid any more.') },
      handle: async ({ body }, { caller, origin }) => {
        await revocation.revoke(body.token, caller, origin);
        return ok(null);
      },
    }),
    endpoint({
      method: 'post',
      path: '/introspect',
      operationId: 'introspectToken',
      tag: 'Tokens',
      summary: 'Ask whether a token is good, as the database has it now (RFC 7662)',
      description:
        'For confidential clients: about their own tokens, those that are for one of their audiences, and with the scope `tokens:introspect` about all.',
      guard: clients.confidentialClient,
      limit: 'client',
      failures: 'oauth',
      body: IntrospectRequest,
      replies: { 200: json('What is true of the token.', Introspection) },
      handle: async ({ body }, { caller }) => ok(await introspect(body.token, caller)),
    }),
    endpoint({
      method: 'post',
      path: '/logout',
      operationId: 'logOut',
      tag: 'Sessions',
      summary: 'Sign out here, elsewhere, or everywhere',
      description:
        'The access token or the refresh token says which session is the current one. A refresh token that is not the newest of its session ends that session only, whatever `sessions` says.',
      guard: optionalBearer,
      limit: 'none',
      failures: 'problem',
      body: LogOutRequest,
      replies: { 204: empty('Signed out; also when there was nothing left to end.') },
      handle: async ({ body }, { caller: accessToken, origin }) => {
        await revocation.logOut({ ...body, accessToken, origin });
        return noContent();
      },
    }),
  ];
}
