// tokens/refresh-after.ts: when clients are told to refresh.
import { randomBetween } from '../platform/random.ts';

/**
 * Parts of an access token's life. The server picks a random moment between them for each response, so that refreshes do not
 * come in waves. It also exposes a thief with a copied refresh token: to stay unnoticed, the thief must refresh within the
 * grace of each refresh by the owner, and cannot guess a moment that is spread over several graces.
 */
export const REFRESH_AFTER = { from: 0.5, to: 0.9 };
const GRACES = 4;

export function refreshAfter(ttlSeconds: number): number {
  return Math.floor(ttlSeconds * randomBetween(REFRESH_AFTER.from, REFRESH_AFTER.to));
}

/** The shortest life of an access token with which a thief cannot stay in step. */
export function shortestSafeLife(graceSeconds: number): number {
  return Math.ceil((GRACES * graceSeconds) / (REFRESH_AFTER.to - REFRESH_AFTER.from));
}
