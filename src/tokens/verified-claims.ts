// tokens/verified-claims.ts: remembers what tokens say whose signature has been found good, so that it is found once.
import type { PublishedKeys } from '../keys/signing-keys.ts';

const CAPACITY = 2_000;

/**
 * Keyed by the whole token: a digest would cost more than the look-up. It goes with the keys, so that no token outlives
 * its own; only good ones get in, so that whoever has none cannot fill it. Times and the database are not remembered.
 */
export function createVerifiedClaims<Claims>() {
  const byKeys = new WeakMap<PublishedKeys, Map<string, Claims>>();

  function find(keys: PublishedKeys, token: string): Claims | null {
    return byKeys.get(keys)?.get(token) ?? null;
  }

  function remember(keys: PublishedKeys, token: string, claims: Claims): void {
    const known = byKeys.get(keys) ?? new Map<string, Claims>();
    byKeys.set(keys, known.set(token, claims));
    const [oldest] = known.keys();
    if (known.size > CAPACITY && oldest !== undefined) known.delete(oldest);
  }

  return { find, remember };
}
