// platform/random.ts: identifiers and chance.
import { randomInt, randomUUIDv7 } from 'node:crypto';

/** A time-ordered identifier (RFC 9562 section 5.7), so that new rows land side by side in an index. */
export function newId(): string {
  return randomUUIDv7();
}

/** Before and after every identifier. */
export const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
export const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A number from `low` (included) to `high` (excluded), evenly spread. */
export function randomBetween(low: number, high: number): number {
  const steps = 2 ** 32;
  return low + (randomInt(steps) / steps) * (high - low);
}
