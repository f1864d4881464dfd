// maintenance/sweeper.ts: deletes what nobody will ask for again, a little at a time, so that nobody waits for it.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditEvent } from '../audit/audit-event.ts';
import type { UsedAssertion } from '../clients/used-assertion.ts';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import type { RevokedAccessToken } from '../tokens/revoked-access-token.ts';

const BATCH = 500;

interface Tables {
  AuditEvent: Table<typeof AuditEvent>;
  RevokedAccessToken: Table<typeof RevokedAccessToken>;
  UsedAssertion: Table<typeof UsedAssertion>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly auditRetentionSeconds: number;
  /** Of the counters of limits. */
  readonly sweepLimits: (limit: number) => Promise<number>;
}

/** Deletes one batch, and says how many rows that were. */
type Sweep = () => Promise<bigint | number>;

export function createSweeper({ em, now, auditRetentionSeconds, sweepLimits }: Parts) {
  const auditEvents: Sweep = async () => {
    const { numDeletedRows } = await query<Tables>(em)
      .deleteFrom('AuditEvent')
      .where('id', 'in', (from) =>
        from
          .selectFrom('AuditEvent')
          .select('id')
          .where('occurredAt', '<', addSeconds(now(), -auditRetentionSeconds))
          .limit(BATCH),
      )
      .executeTakeFirstOrThrow();
    return numDeletedRows;
  };

  const revokedAccessTokens: Sweep = async () => {
    const { numDeletedRows } = await query<Tables>(em)
      .deleteFrom('RevokedAccessToken')
      .where('jti', 'in', (from) =>
        from.selectFrom('RevokedAccessToken').select('jti').where('expiresAt', '<', now()).limit(BATCH),
      )
      .executeTakeFirstOrThrow();
    return numDeletedRows;
  };

  const usedAssertions: Sweep = async () => {
    const { numDeletedRows } = await query<Tables>(em)
      .deleteFrom('UsedAssertion')
      .where('jtiDigest', 'in', (from) =>
        from.selectFrom('UsedAssertion').select('jtiDigest').where('expiresAt', '<', now()).limit(BATCH),
      )
      .where('expiresAt', '<', now()) // the digest alone is no key: another client may have used the same `jti` since
      .executeTakeFirstOrThrow();
    return numDeletedRows;
  };

  /** Batch after batch, until there is nothing left that is due. */
  return async function sweep(): Promise<void> {
    for (const next of [auditEvents, revokedAccessTokens, usedAssertions, () => sweepLimits(BATCH)]) {
      while ((await next()) >= BATCH);
    }
  };
}
