// accounts/one-time-codes.ts: mailed secrets for one purpose each, good once and for a short time.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { digest, newSecret } from '../platform/secrets.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { CodePurpose, OneTimeCode, OneTimeCodeRow } from './one-time-code.ts';

const lifeSeconds: Readonly<Record<CodePurpose, number>> = {
  verify_email: 24 * 3600,
  change_email: 24 * 3600,
  reset_password: 30 * 60,
};

export interface Reservation {
  readonly userId: string;
  readonly purpose: CodePurpose;
  readonly email: EmailAddress;
  readonly mailId: string;
}

interface Tables {
  OneTimeCode: Table<typeof OneTimeCode>;
}

export type OneTimeCodes = ReturnType<typeof createOneTimeCodes>;

export function createOneTimeCodes({ now }: { now: Clock }) {
  /** Makes room for a code that the mail will bring. The one before it, of the same purpose, is void from here on. */
  async function reserve(tx: SqlEntityManager, { userId, purpose, email, mailId }: Reservation): Promise<void> {
    const expiresAt = addSeconds(now(), lifeSeconds[purpose]);
    const fresh = { digest: null, mailId, email: email.address, emailCanonical: email.canonical, expiresAt };
    await query<Tables>(tx)
      .insertInto('OneTimeCode')
      .values({ userId, purpose, ...fresh })
      .onConflict((conflict) => conflict.columns(['userId', 'purpose']).doUpdateSet(fresh))
      .execute();
  }

  /**
   * A code of 256 bits for the letter that is being written; its life begins now. Null when the reservation is void:
   * the code was asked for again, or whatever it was for has been settled. A letter that is written twice voids its
   * first code.
   */
  async function issue(tx: SqlEntityManager, { userId, purpose, mailId }: Omit<Reservation, 'email'>) {
    const code = newSecret();
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('OneTimeCode')
      .set({ digest: digest(code), expiresAt: addSeconds(now(), lifeSeconds[purpose]) })
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .where('mailId', '=', mailId)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n ? code : null;
  }

  async function find(tx: SqlEntityManager, code: string, purposes: readonly CodePurpose[]) {
    const row = await query<Tables>(tx)
      .selectFrom('OneTimeCode')
      .selectAll()
      .where('digest', '=', digest(code))
      .where('purpose', 'in', purposes)
      .where('expiresAt', '>', now())
      .executeTakeFirst();
    return row ?? null;
  }

  /** True for one of any number that use the same code at once. */
  async function use(tx: SqlEntityManager, { userId, purpose, digest }: OneTimeCodeRow): Promise<boolean> {
    const { numDeletedRows } = await query<Tables>(tx)
      .deleteFrom('OneTimeCode')
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .where('digest', '=', digest)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  }

  async function voidAll(tx: SqlEntityManager, userId: string): Promise<void> {
    await query<Tables>(tx).deleteFrom('OneTimeCode').where('userId', '=', userId).execute();
  }

  return { reserve, issue, find, use, voidAll };
}
