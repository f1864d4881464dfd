// users/hash-sample.ts: reads the password hashes of a few users who are spread evenly over the table.
import { setImmediate } from 'node:timers/promises';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { LOWEST_ID } from '../platform/random.ts';

/** The sample has between this many and twice as many users, or all of them if there are fewer. */
const SIZE = 1_000;
/** One statement returns no more rows, */
const MAX_ROWS = 100;
/** and passes over no more entries of the primary key: a few milliseconds. */
const MAX_ENTRIES = 50_000;

interface Sampled {
  readonly id: string;
  readonly password_hash: string | null;
}

/**
 * Every n-th user in the order of their identifiers; n doubles as the table grows. So all instances see the same sample,
 * and the next one differs only where users have changed. Reads the primary key of the whole table and the rows of the
 * sample alone.
 */
export async function sampleHashes(em: SqlEntityManager, signal?: AbortSignal): Promise<string[]> {
  let sample: Sampled[] = [];
  let stride = 1;
  for (let after: string | undefined = LOWEST_ID; after !== undefined && !signal?.aborted; ) {
    const limit = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_ENTRIES / stride)));
    const rows = await readNext(em, { after, stride, limit });
    sample.push(...rows);
    after = rows.length < limit ? undefined : rows.at(-1)?.id;
    if (sample.length >= 2 * SIZE && sample.length % 2 === 0) {
      sample = sample.filter((_, index) => index % 2 === 1); // the last one stays, where the next statement begins
      stride *= 2;
    }
    await setImmediate(); // SQLite answers within this process, and requests come first
  }
  return sample.flatMap(({ password_hash }) => password_hash ?? []);
}

interface Step {
  readonly after: string;
  readonly stride: number;
  readonly limit: number;
}

/** The hashes of `limit` users, each `stride` after the one before it, in one statement. */
async function readNext(em: SqlEntityManager, { after, stride, limit }: Step): Promise<readonly Sampled[]> {
  const next = (from: ReturnType<typeof sql>) =>
    sql`(select u.id from users u where u.id > ${from} order by u.id limit 1 offset ${sql.lit(stride - 1)})`;
  const { rows } = await sql<Sampled>`
    with recursive walk (id, step) as (
      select ${next(sql`${after}`)}, 1
      union all
      select ${next(sql`walk.id`)}, step + 1 from walk where walk.id is not null and step < ${sql.lit(limit)}
    )
    select id, password_hash from users where id in (select id from walk) order by id`.execute(em.getKysely());
  return rows;
}
