// http/problem.ts: THE table from failure code to HTTP, and the two envelopes that a failure can travel in.
import { z } from 'zod';
import { type AuthError, type ErrorCode, refusalReasons } from '../errors.ts';
import { json, type ReplyShape } from './reply.ts';

/** RFC 6749 section 5.2, RFC 8707 section 2 (invalid_target), RFC 6750 section 3.1 and RFC 7009 section 2.2.1. */
const oauthErrors = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'insufficient_scope',
  'temporarily_unavailable',
  'server_error',
] as const;

interface Failure {
  readonly status: number;
  readonly oauth: (typeof oauthErrors)[number];
  /** A sentence for the caller. Codes that share an `oauth` error must not tell more than that error does. */
  readonly title: string;
}

const badGrant = { status: 400, oauth: 'invalid_grant' } as const;
const deadRefreshToken = { ...badGrant, title: 'The refresh token is not valid, or not any more.' } as const;
const wrongCredentials = { ...badGrant, title: 'The user name or the password is wrong.' } as const;

export const failures: Readonly<Record<ErrorCode, Failure>> = {
  invalid_request: { status: 400, oauth: 'invalid_request', title: 'The request is malformed or incomplete.' },
  unsupported_media_type: { status: 415, oauth: 'invalid_request', title: 'The content type is not accepted here.' },
  payload_too_large: { status: 413, oauth: 'invalid_request', title: 'The body is larger than 16 KB.' },
  not_found: { status: 404, oauth: 'invalid_request', title: 'There is nothing at this path.' },
  method_not_allowed: { status: 405, oauth: 'invalid_request', title: 'The path does not answer to this method.' },
  token_missing: { status: 401, oauth: 'invalid_token', title: 'An access token is needed here.' },
  invalid_token: { status: 401, oauth: 'invalid_token', title: 'The access token is not valid, or not any more.' },
  invalid_client: { status: 401, oauth: 'invalid_client', title: 'The client could not be authenticated.' },
  unauthorized_client: { status: 400, oauth: 'unauthorized_client', title: 'The client may not use this grant.' },
  unsupported_grant_type: { status: 400, oauth: 'unsupported_grant_type', title: 'There is no such grant type here.' },
  invalid_scope: { status: 400, oauth: 'invalid_scope', title: 'The scope is unknown or more than may be asked for.' },
  invalid_target: { status: 400, oauth: 'invalid_target', title: 'The resource is unknown or may not be asked for.' },
  insufficient_scope: {
    status: 403,
    oauth: 'insufficient_scope',
    title: 'The access token is good, but not for this.',
  },
  insufficient_power: {
    status: 403,
    oauth: 'insufficient_scope',
    title: 'This needs a permission that you do not have.',
  },
  token_of_another_client: {
    status: 400,
    oauth: 'unauthorized_client',
    title: 'The token was issued to another client.',
  },
  signup_closed: { status: 403, oauth: 'unauthorized_client', title: 'Nobody can sign up here.' },
  email_taken: { status: 409, oauth: 'invalid_request', title: 'There is an account with this e-mail address.' },
  username_taken: { status: 409, oauth: 'invalid_request', title: 'There is an account with this user name.' },
  credentials_wrong: wrongCredentials,
  user_disabled: wrongCredentials,
  user_unknown: { status: 404, oauth: 'invalid_request', title: 'There is no such user.' },
  role_unknown: { status: 400, oauth: 'invalid_request', title: 'There is no such role.' },
  role_taken: { status: 409, oauth: 'invalid_request', title: 'There is a role of this name.' },
  last_admin: { status: 409, oauth: 'invalid_request', title: 'Somebody has to stay who can administer this.' },
  client_unknown: { status: 404, oauth: 'invalid_request', title: 'There is no such client.' },
  client_taken: { status: 409, oauth: 'invalid_request', title: 'There is a client with this identifier.' },
  key_unknown: { status: 404, oauth: 'invalid_request', title: 'There is no such signing key.' },
  email_unverified: { ...badGrant, title: 'The e-mail address has to be verified first.' },
  password_wrong: { ...badGrant, title: 'The password is wrong.' },
  code_invalid: { ...badGrant, title: 'The code is not valid, or not any more.' },
  proof_required: {
    status: 403,
    oauth: 'insufficient_scope',
    title: 'The code is good, but a proof of the account is missing. Sign in to it, or send its password.',
  },
  already_verified: { status: 409, oauth: 'invalid_request', title: 'The e-mail address is verified already.' },
  refresh_token_malformed: deadRefreshToken,
  refresh_token_unknown: deadRefreshToken,
  refresh_token_of_another_client: deadRefreshToken,
  refresh_token_reused: deadRefreshToken,
  refresh_token_superseded: deadRefreshToken,
  session_ended: deadRefreshToken,
  rate_limited: { status: 429, oauth: 'temporarily_unavailable', title: 'Too many requests; try again later.' },
  overloaded: { status: 503, oauth: 'temporarily_unavailable', title: 'The service is busy; try again shortly.' },
  unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    title: 'The service cannot answer; try again shortly.',
  },
  internal_error: { status: 500, oauth: 'server_error', title: 'Something went wrong on our side.' },
};

const FieldErrorWire = z
  .object({
    pointer: z.string().describe('JSON pointer (RFC 6901) to the member.'),
    code: z.string().describe('What is wrong, for programs.'),
    detail: z.string().describe('What is wrong, for people.'),
  })
  .meta({ id: 'FieldError' });

export const Problem = z
  .object({
    type: z.string().describe('A URI that names the kind of problem.'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('The kind of problem, for programs; the README lists them.'),
    errors: z.array(FieldErrorWire).optional().describe('One entry for everything that is wrong with the request.'),
    request_id: z.string().describe('Quote it when you report trouble.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export const OAuthError = z
  .object({
    error: z.enum(oauthErrors).describe('The kind of refusal, for programs. More may be added.'),
    error_description: z.string(),
    reason: z
      .enum(refusalReasons)
      .optional()
      .describe(
        'Why the session is over, or the refresh token too old (`password_changed`), told only to the holder of a genuine refresh token; or what is missing for a sign-in, told only after the right password. More may be added.',
      ),
  })
  .meta({ id: 'OAuthError', description: 'RFC 6749 section 5.2 error response.' });

export const envelopes = {
  problem: { ...json('The request failed.', Problem), contentType: 'application/problem+json' },
  oauth: json('The request failed.', OAuthError),
} as const satisfies Record<string, ReplyShape>;

export interface ProblemContext {
  readonly issuer: string;
  readonly requestId: string;
}

export function problemBody({ code, details }: AuthError, { issuer, requestId }: ProblemContext) {
  const { status, title } = failures[code];
  const errors = details.fields && [...details.fields];
  return { type: `${issuer}/errors#${code}`, title, status, code, errors, request_id: requestId };
}

export function oauthBody({ code, details }: AuthError) {
  const { oauth, title } = failures[code];
  return { error: oauth, error_description: describe(title, details.fields?.[0]?.pointer), reason: details.reason };
}

/** RFC 6749 section 5.2 allows printable ASCII without quote and backslash, which titles and pointers keep to. */
function describe(title: string, pointer: string | undefined): string {
  return pointer ? `${title} See the parameter ${pointer.slice(1)}.` : title;
}

/** What an AuthError adds to the header section. */
export function failureHeaders({ code, details }: AuthError): Record<string, string> {
  const { status, oauth } = failures[code];
  const headers: Record<string, string> = {};
  if (details.allow) headers.Allow = details.allow.join(', ');
  if (status === 413) headers.Connection = 'close';
  if (status === 503 || status === 429) headers['Retry-After'] = String(details.retryAfterSeconds ?? 1);
  // RFC 6750 section 3: a request that brought no token is challenged without an error code.
  if (code === 'token_missing') headers['WWW-Authenticate'] = 'Bearer realm="latchkey"';
  if (code === 'invalid_token') headers['WWW-Authenticate'] = `Bearer realm="latchkey", error="${oauth}"`;
  if (code === 'insufficient_scope') {
    const scope = details.scope ? `, scope="${details.scope}"` : '';
    headers['WWW-Authenticate'] = `Bearer realm="latchkey", error="${oauth}"${scope}`;
  }
  // RFC 6749 section 5.2: a client that tried Basic is answered in the terms of Basic.
  if (details.scheme === 'Basic') headers['WWW-Authenticate'] = 'Basic realm="latchkey", charset="UTF-8"';
  return headers;
}
