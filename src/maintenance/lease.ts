// maintenance/lease.ts: work that one instance does for all of them.
import { defineEntity, p } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';

export const Lease = defineEntity({
  name: 'Lease',
  tableName: 'leases',
  properties: {
    name: p.text().primary(),
    heldUntil: p.datetime(3),
  },
});

interface Tables {
  Lease: Table<typeof Lease>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly name: string;
  /** How long it is held. Nobody gives it back: it is also the pause until the next time. */
  readonly seconds: number;
}

/**
 * When nobody has held it for so long, the service has slept, or the clock is wrong: it is held for as long once more,
 * and nothing is done. Whoever mends the clock in that time has lost nothing.
 */
const CAUTION_SECONDS = 86_400;

export type ClaimLease = ReturnType<typeof createLease>;

/** True for one of any number that ask for it at once, if the work may be done. */
export function createLease({ em, now, name, seconds }: Parts) {
  return async function claim(): Promise<boolean> {
    const at = now();
    const lease = await query<Tables>(em)
      .selectFrom('Lease')
      .select('heldUntil')
      .where('name', '=', name)
      .executeTakeFirst();
    if (!lease) return begin(at);
    const { heldUntil } = lease;
    if (isHeld(heldUntil, at)) return false;
    const isLongAgo = addSeconds(heldUntil, CAUTION_SECONDS) < at;
    const isTaken = await take(heldUntil, addSeconds(at, isLongAgo ? CAUTION_SECONDS : seconds));
    return isTaken && !isLongAgo;
  };

  async function begin(at: Date): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await query<Tables>(em)
      .insertInto('Lease')
      .values({ name, heldUntil: addSeconds(at, seconds) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  async function take(seen: Date, heldUntil: Date): Promise<boolean> {
    const { numUpdatedRows } = await query<Tables>(em)
      .updateTable('Lease')
      .set({ heldUntil })
      .where('name', '=', name)
      .where('heldUntil', '=', seen)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }
}

/** Nobody holds it for longer than the caution: whoever seems to had a clock that was ahead. */
function isHeld(heldUntil: Date, at: Date): boolean {
  return heldUntil > at && heldUntil <= addSeconds(at, CAUTION_SECONDS);
}
