// A thief who has copied the owner's token and presents it beside every refresh of the owner, so that each of them looks like
// the second tab of the other. Played against the rotation table, with the moments that the service tells clients to refresh at.
import { describe, expect, test } from 'vitest';
import { REFRESH_AFTER } from '../../src/tokens/refresh-after.ts';
import { decide, type Stored } from '../../src/tokens/rotation.ts';
import { createChance } from '../chaos/chance.ts';

const TTL_SECONDS = 300;
const GRACE_SECONDS = 30;
const SEEDS = 2_000;
/** Of the owner. A thief gets through each with at most half a chance, and through all of them in one run of 10^12. */
const ENOUGH = 40;
const start = Date.UTC(2026, 0, 1);

/** Given when the last refresh was, in seconds, and when a client would be told to come again: when does the thief come? */
type Strategy = (last: number, told: number) => number;

const strategies: readonly [name: string, strategy: Strategy][] = [
  ['as often as told', (last, told) => last + told],
  ['in the middle of the spread', (last) => last + (TTL_SECONDS * (REFRESH_AFTER.from + REFRESH_AFTER.to)) / 2],
  ['at its begin', (last) => last + TTL_SECONDS * REFRESH_AFTER.from],
  ['a grace after its begin', (last) => last + TTL_SECONDS * REFRESH_AFTER.from + GRACE_SECONDS],
  ['at its end', (last) => last + TTL_SECONDS * REFRESH_AFTER.to],
];

/** How many refreshes of the owner there are until the session ends; null where it never does. */
function refreshesUntilFound(seed: number, strategy: Strategy): number | null {
  const chance = createChance(seed);
  const told = () => TTL_SECONDS * (REFRESH_AFTER.from + (REFRESH_AFTER.to - REFRESH_AFTER.from) * chance.fraction());
  const forever = new Date(start + 1e12);
  let stored: Stored = {
    ...{ clientId: 'app', scope: '', generation: 0, minGeneration: 0, retryKeyHash: null },
    ...{
      createdAt: new Date(start),
      rotatedAt: new Date(start),
      endedAt: null,
      endReason: null,
      idleExpiresAt: forever,
      expiresAt: forever,
    },
  };

  /** The generation that is answered; null when the session has ended. */
  function present(generation: number, seconds: number): number | null {
    const at = new Date(start + seconds * 1000);
    const presented = { generation, client: { id: 'app', sessionsEndBefore: null }, retryKeyHash: null, scope: null };
    const rules = { graceSeconds: GRACE_SECONDS, restoredSessions: 'keep' } as const;
    const verdict = decide({ stored, presented, account: 'active', at, ...rules });
    if (verdict.kind === 'repeat') return verdict.generation;
    if (verdict.kind !== 'rotate') return null;
    stored = { ...stored, generation: verdict.to, rotatedAt: at };
    return verdict.to;
  }

  let [token, last] = [0, 0];
  for (let refreshes = 1; refreshes <= ENOUGH; refreshes += 1) {
    const [owner, thief] = [last + told(), strategy(last, told())];
    const answers = [Math.min(owner, thief), Math.max(owner, thief)].map((seconds) => present(token, seconds));
    if (answers.includes(null)) return refreshes;
    token = stored.generation;
    last = owner;
  }
  return null;
}

describe('a thief in step with the owner', () => {
  test.each(strategies)('is found, whoever throws the dice: %s', (_, strategy) => {
    const found = Array.from({ length: SEEDS }, (_, seed) => refreshesUntilFound(seed, strategy));
    expect(found).not.toContain(null);
    const mean = found.reduce<number>((sum, refreshes) => sum + (refreshes ?? 0), 0) / SEEDS;
    expect(mean).toBeLessThan(3);
  });
});
