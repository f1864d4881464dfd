// clients/credentials.ts: how a client says who it is (RFC 6749 section 2.3), read from a request by the grammar.
import { z } from 'zod';
import { AuthError } from '../errors.ts';

/** RFC 7523 section 2.2. */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export const ClientParameters = z.object({
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion: z.string().optional(),
  client_assertion_type: z.string().optional(),
});

/** One way of proving, as OpenID Connect Core 1.0 section 9 calls them. */
export type ClientCredentials =
  | { readonly method: 'none'; readonly clientId: string | null }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string | null; readonly assertion: string };

/**
 * Throws `invalid_request` for two ways at once (RFC 6749 section 2.3), or for two identifiers that differ, and
 * `invalid_client` for an Authorization header that is not Basic, or not well-formed.
 */
export function readCredentials(
  authorization: string | undefined,
  parameters: z.output<typeof ClientParameters>,
): ClientCredentials {
  const { client_id: clientId = null, client_secret: secret, client_assertion: assertion } = parameters;
  const ways = [authorization, secret, assertion].filter((way) => way !== undefined);
  if (ways.length > 1) throw new AuthError('invalid_request');
  if (authorization !== undefined) return readBasic(authorization, clientId);
  if (assertion !== undefined) {
    if (parameters.client_assertion_type !== JWT_BEARER) throw new AuthError('invalid_request');
    return { method: 'private_key_jwt', clientId, assertion };
  }
  if (secret === undefined) return { method: 'none', clientId };
  if (clientId === null) throw new AuthError('invalid_request');
  return { method: 'client_secret_post', clientId, secret };
}

const basicGrammar = /^basic ([A-Za-z0-9+/]+={0,2})$/i;

/** RFC 6749 section 2.3.1: identifier and secret are form-encoded before they are joined by a colon. */
function readBasic(authorization: string, parameter: string | null): ClientCredentials {
  const encoded = basicGrammar.exec(authorization)?.[1];
  const joined = encoded && Buffer.from(encoded, 'base64').toString('utf8');
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(joined ?? '') ?? [];
  const [clientId, decodedSecret] = [decodeForm(id), decodeForm(secret)];
  if (!clientId || decodedSecret === null) throw new AuthError('invalid_client', { scheme: 'Basic' });
  if (parameter !== null && parameter !== clientId) throw new AuthError('invalid_request');
  return { method: 'client_secret_basic', clientId, secret: decodedSecret };
}

function decodeForm(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
