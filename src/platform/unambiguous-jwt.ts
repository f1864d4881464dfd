// platform/unambiguous-jwt.ts: finds JWTs that two readers could understand differently.
import { base64url } from 'jose';
import { parseStrictObject } from './strict-json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * True if header and claims are JSON objects in which no name is used twice. RFC 7515 section 4 and RFC 7519 section 4 let
 * a reader keep the last of two equal names, which jose does; another reader may keep the first.
 */
export function isUnambiguous(token: string): boolean {
  const [header = '', claims = ''] = token.split('.', 2);
  return [header, claims].every((part) => parseStrictObject(decode(part)) !== null);
}

/** By the decoder that jose verifies with. Empty, which is no JSON, if the part is not base64url of UTF-8. */
function decode(part: string): string {
  try {
    return utf8.decode(base64url.decode(part));
  } catch {
    return '';
  }
}
