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
  /** After so long without a word from whoever holds it, it is free. */
  readonly seconds: number;
}

export type ClaimLease = ReturnType<typeof createLease>;

/** True for one of any number that ask for it at once. Nobody gives it back: it is also the pause until the next time. */
export function createLease({ em, now, name, seconds }: Parts) {
  return async function claim(): Promise<boolean> {
    const at = now();
    const heldUntil = addSeconds(at, seconds);
    const { numInsertedOrUpdatedRows } = await query<Tables>(em)
      .insertInto('Lease')
      .values({ name, heldUntil })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ heldUntil }).where('Lease.heldUntil', '<=', at))
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  };
}
