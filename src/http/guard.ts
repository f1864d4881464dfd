// http/guard.ts: who may call an operation, and the strict reading of the Authorization header.
import { AuthError, type ErrorCode } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';

/** What a request brings to prove who is asking. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** The members of the body, unparsed but already well-formed; read on demand. */
  parameters(): Promise<Readonly<Record<string, unknown>>>;
  /** Where the request came from, for audit events of a refusal. */
  readonly origin: Origin;
}

export interface Guard<Caller> {
  /** OpenAPI security requirements: alternatives, each naming a security scheme. */
  readonly requirements: readonly Readonly<Record<string, readonly string[]>>[];
  /** The refusals that a caller can meet here. */
  readonly errors: readonly ErrorCode[];
  admit(credentials: Credentials): Promise<Caller>;
  /** Who that is, for the log. */
  name(caller: Caller): Subject;
}

export interface Subject {
  readonly userId?: string | null;
  readonly clientId?: string | null;
}

export const anyone: Guard<null> = {
  requirements: [],
  errors: [],
  admit: async () => null,
  name: () => ({}),
};

/** RFC 6750 section 2.1: the b64token grammar, after exactly one space. The scheme ignores case (RFC 9110 section 11.1). */
const bearerGrammar = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The token of `Authorization: Bearer`. A header that is not a well-formed bearer token is `invalid_token`;
 * no header at all is `token_missing`, which is answered with a challenge that names no error (RFC 6750 section 3).
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw new AuthError('token_missing');
  const token = bearerGrammar.exec(authorization)?.[1];
  if (token === undefined) throw new AuthError('invalid_token');
  return token;
}
