// verifier/verified-tokens.ts: remembers who the tokens that have been found good speak for.
import type { Principal } from './principal.ts';

export type VerifiedTokens = ReturnType<typeof createVerifiedTokens>;

/**
 * Keyed by the token itself: nothing else is as short-lived, and a digest would cost more than all the rest of a look-up.
 * Only good tokens get in, so nobody who has none can fill it.
 */
export function createVerifiedTokens(capacity: number) {
  const tokens = new Map<string, Principal>();

  /** Not beyond `exp`: the tolerance for clocks is given by the full check only. */
  function find(token: string, at: Date): Principal | null {
    const principal = tokens.get(token);
    return principal && principal.claims.exp * 1000 > at.getTime() ? principal : null;
  }

  function remember(token: string, principal: Principal): void {
    tokens.set(token, principal);
    for (const oldest of tokens.keys()) {
      if (tokens.size <= capacity) return;
      tokens.delete(oldest);
    }
  }

  return { find, remember };
}
