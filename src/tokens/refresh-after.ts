// tokens/refresh-after.ts: when clients are told to refresh.
import { randomBetween } from '../platform/random.ts';

/**
 * Parts of an access token's life. Each client gets a moment of its own between the two, so that they do not come in waves. A
 * thief who has copied a refresh token, and comes within the grace of each refresh of the owner, stays unnoticed; he cannot,
 * where the moments are spread over several graces.
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
