// platform/look-up.ts: a row by its identifier. Where a database has to be waited for, all that are wanted in one turn of the
// event loop are asked for together: to ask costs both sides more than to answer.
import { setImmediate } from 'node:timers/promises';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { answersOnTheSpot, type Statement } from './statement.ts';

interface Identified {
  readonly id: string;
}

interface Statements<Result> {
  readonly one: Statement<{ id: string }, Result>;
  /** `ids` is for `any`, which only PostgreSQL has. */
  readonly several: Statement<{ ids: string }, Result>;
}

/** What is asked for together, and the rows that are found. */
interface Round<Result> {
  readonly ids: Set<string>;
  readonly found: Promise<ReadonlyMap<string, Result>>;
}

export type LookUp<Result> = (em: SqlEntityManager, id: string) => Promise<Result | null>;

/** Takes part in the transaction of `em`, if there is one. The identifiers are ours: they hold no comma, and no quote. */
export function lookUp<Result extends Identified>({ one, several }: Statements<Result>): LookUp<Result> {
  /** By transaction, or by database where there is none: nobody may see what another has not committed. */
  const gathering = new WeakMap<object, Round<Result>>();

  async function findTogether(em: SqlEntityManager, id: string): Promise<Result | null> {
    const within: object = em.getTransactionContext() ?? em;
    const round = gathering.get(within) ?? begin(em, within);
    round.ids.add(id);
    return (await round.found).get(id) ?? null;
  }

  function begin(em: SqlEntityManager, within: object): Round<Result> {
    const ids = new Set<string>();
    const round = { ids, found: findAll(em, within, ids) };
    gathering.set(within, round);
    return round;
  }

  async function findAll(em: SqlEntityManager, within: object, ids: ReadonlySet<string>) {
    await setImmediate(); // all that has arrived has been read by then, and is wanted too
    gathering.delete(within);
    const rows = await several.all(em, { ids: `{${[...ids].join()}}` });
    return new Map(rows.map((row) => [row.id, row]));
  }

  return (em, id) => (answersOnTheSpot(em) ? one.first(em, { id }) : findTogether(em, id));
}
