// verifier/discovery.ts: asks the issuer where its keys are (RFC 8414).
import { isObject } from './compact-jws.ts';
import type { JsonDocument } from './json-document.ts';

/** RFC 8414 section 3.1: between the host and the path of the issuer, without a slash at the end. */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}

/** Section 3.3: metadata that names another issuer must not be used. */
export function readJwksUri({ value: metadata }: JsonDocument, issuer: string): string {
  if (!isObject(metadata)) throw new Error('The metadata of the issuer is no JSON object.');
  const { issuer: named, jwks_uri: jwksUri } = metadata;
  if (named !== issuer) throw new Error(`The metadata is of another issuer: ${JSON.stringify(named)}`);
  if (typeof jwksUri !== 'string') throw new Error('The metadata has no jwks_uri.');
  const { protocol } = new URL(jwksUri);
  // What was asked for over TLS is not given up for an address without.
  if (protocol !== 'https:' && protocol !== new URL(issuer).protocol) throw new Error('The jwks_uri is not https.');
  return jwksUri;
}
