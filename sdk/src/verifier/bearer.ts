// verifier/bearer.ts: the strict reading of the Authorization header.
import { invalidToken } from './token-error.ts';

/** RFC 6750 section 2.1: the b64token grammar, after exactly one space. The scheme ignores case (RFC 9110 section 11.1). */
const bearerGrammar = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i;

/** Two fields, joined by a comma as `Headers` does, are no b64token. */
export function bearerToken(authorization: string): string {
  const token = bearerGrammar.exec(authorization)?.[1];
  if (token === undefined) throw invalidToken('The Authorization header is not one well-formed bearer token.');
  return token;
}

/** What this needs of `http.IncomingMessage`. */
export interface NodeRequest {
  readonly headers: { readonly authorization?: string | undefined };
  readonly rawHeaders?: readonly string[];
}

/** Node keeps the first of two Authorization fields, where the proxy in front may have looked at the second. */
export function authorizationOf({ headers, rawHeaders = [] }: NodeRequest): string | undefined {
  const fields = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization');
  if (fields.length > 1) throw invalidToken('There are two Authorization headers.');
  return headers.authorization;
}
