// platform/postgres-counters.ts: counts budgets in PostgreSQL, for all instances.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { CompiledQuery } from 'kysely';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import { budgetOf } from './budget.ts';
import { systemClock } from './clock.ts';
import { type Counters, Counts, LIMITS_TABLE, LIST_SQL, sweepSql } from './counters.ts';

/** The table is no part of what the service remembers, and of no migration. */
export function createPostgresCounters(em: SqlEntityManager): Counters {
  const kysely = em.getKysely();
  const client = {
    async query({ text, values = [] }: { text: string; values?: readonly unknown[] }) {
      const { rows } = await kysely.executeQuery(CompiledQuery.raw(text, [...values]));
      return { rows, rowCount: rows.length };
    },
  };
  const table = { tableName: LIMITS_TABLE, tableCreated: true, clearExpiredByTimeout: false };
  const store = { storeClient: client, storeType: 'client', ...table };
  const columns = 'key varchar(255) primary key, points integer not null default 0, expire bigint';
  return {
    open: ({ name, points, seconds }) =>
      budgetOf(new RateLimiterPostgres({ ...store, keyPrefix: name, points, duration: seconds })),
    prepare: async () => void (await client.query({ text: `create table if not exists ${LIMITS_TABLE} (${columns})` })),
    list: async () => Counts.parse((await client.query({ text: LIST_SQL })).rows),
    async add(counts) {
      const values = [
        counts.map(({ key }) => key),
        counts.map(({ points }) => points),
        counts.map(({ expire }) => expire),
      ];
      const rows = 'select * from unnest($1::text[], $2::int[], $3::bigint[])';
      await client.query({ text: `insert into ${LIMITS_TABLE} ${rows} on conflict do nothing`, values });
    },
    async sweep(limit) {
      const values = [systemClock().getTime(), limit];
      return (await client.query({ text: `${sweepSql('$1', '$2')} returning 1`, values })).rowCount;
    },
    close: async () => {},
  };
}
