// verifier/key-set.ts: the keys of one answer of the JWKS endpoint (RFC 7517 section 5).
import { isObject } from './compact-jws.ts';
import { importKey, type VerificationKey } from './verification-key.ts';
import { createVerifiedTokens, type VerifiedTokens } from './verified-tokens.ts';

export interface KeySet {
  readonly keys: ReadonlyMap<string, VerificationKey>;
  /** What these keys have been found to have signed. It goes with them: no token outlives its key here. */
  readonly verified: VerifiedTokens;
  readonly source: string;
}

/** Throws when there is no usable key: an issuer with none is an issuer in trouble. */
export async function readKeySet(document: unknown, capacity: number): Promise<KeySet> {
  if (!isObject(document) || !Array.isArray(document.keys)) throw new Error('The answer is no JWK set.');
  const imported = await Promise.all(document.keys.map(importKey));
  const keys = new Map<string, VerificationKey>();
  for (const key of imported) if (key && !keys.has(key.kid)) keys.set(key.kid, key);
  if (keys.size === 0) throw new Error('The JWK set has no usable key.');
  const source = JSON.stringify(document.keys);
  return { keys, verified: createVerifiedTokens(capacity), source };
}
