// maintenance/sweeper.ts: deletes what nobody will ask for again, a little at a time, so that nobody waits for it.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { LIMITS_TABLE } from '../platform/counters.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { ClaimLease } from './lease.ts';

const BATCH = 500;
const DAY_SECONDS = 86_400;

interface Broom {
  readonly table: string;
  /** The columns of its primary key. */
  readonly key: string;
  /** When a row was over, or began: it goes so long after that. */
  readonly since: string;
  readonly keptSeconds: number;
  /** Rows that stay however old they are. */
  readonly unless?: string;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly claim: ClaimLease;
  readonly auditRetentionSeconds: number;
  /** Of the counters of limits. */
  readonly sweepLimits: (limit: number) => Promise<number>;
  readonly metrics: Pick<Metrics, 'countSwept' | 'markSwept'>;
}

export function createSweeper({ em, now, claim, auditRetentionSeconds, sweepLimits, metrics }: Parts) {
  const brooms: readonly Broom[] = [
    { table: 'audit_events', key: 'id', since: 'occurred_at', keptSeconds: auditRetentionSeconds },
    { table: 'revoked_access_tokens', key: 'jti', since: 'expires_at', keptSeconds: 0 },
    { table: 'used_assertions', key: 'client_id, jti_digest', since: 'expires_at', keptSeconds: 0 },
    // What is left of a session says why it is over, also to whoever comes back a little late.
    { table: 'sessions', key: 'id', since: 'expires_at', keptSeconds: 7 * DAY_SECONDS },
    // The letter that is late gets its code when it is written: see accounts/one-time-codes.ts.
    { table: 'one_time_codes', key: 'user_id, purpose', since: 'expires_at', keptSeconds: DAY_SECONDS },
    {
      table: 'outbox_mails',
      key: 'id',
      since: 'created_at',
      keptSeconds: 7 * DAY_SECONDS,
      unless: 'next_attempt_at is not null',
    },
  ];

  /** A statement and a transaction of its own. How many rows there were. */
  async function deleteBatch({ table, key, since, keptSeconds, unless = 'false' }: Broom): Promise<number> {
    const before: unknown = em.getPlatform().processDateProperty(addSeconds(now(), -keptSeconds));
    const [from, by, columns, stays] = [table, since, key, unless].map((name) => sql.raw(name));
    const due = sql`select ${columns} from ${from} where ${by} < ${before} and not (${stays}) limit ${BATCH}`;
    const { numAffectedRows } = await sql`delete from ${from} where (${columns}) in (${due})`.execute(em.getKysely());
    return Number(numAffectedRows);
  }

  async function sweepTable(table: string, next: () => Promise<number>, signal?: AbortSignal): Promise<void> {
    for (let rows = BATCH; rows >= BATCH && !signal?.aborted; ) {
      rows = await next();
      metrics.countSwept(table, rows);
    }
  }

  /** Batch after batch, until nothing is due or somebody says stop. Nothing at all if another instance does it. */
  return async function sweep(signal?: AbortSignal): Promise<void> {
    if (!(await claim())) return;
    for (const broom of brooms) await sweepTable(broom.table, () => deleteBatch(broom), signal);
    await sweepTable(LIMITS_TABLE, () => sweepLimits(BATCH), signal);
    if (!signal?.aborted) metrics.markSwept(now());
  };
}
