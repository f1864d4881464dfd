// accounts/one-time-codes.ts: mailed secrets for one purpose each, good once and for a short time.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { digest, newSecret, type SecretRing } from '../platform/secrets.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { User } from '../users/user.ts';
import { createDerivedCodes } from './derived-code.ts';
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

/** A code that can be mailed more than once. */
export interface RepeatableCode {
  readonly code: string;
  readonly expiresAt: Date;
  /** The mail that brought it before: none, another one, or an earlier attempt to send this one. */
  readonly mailedBy: 'none' | 'another' | 'this';
}

interface Tables {
  OneTimeCode: Table<typeof OneTimeCode>;
  User: Table<typeof User>;
}

export type OneTimeCodes = ReturnType<typeof createOneTimeCodes>;

export function createOneTimeCodes({ now, secrets }: { now: Clock; secrets: SecretRing }) {
  const derivedCodes = createDerivedCodes(secrets.keysFor('one-time codes'));

  const expiryOf = (purpose: CodePurpose) => addSeconds(now(), lifeSeconds[purpose]);

  /** Makes room for a code that the mail will bring. An earlier code of the same purpose is void from here on. */
  async function reserve(tx: SqlEntityManager, reservation: Reservation): Promise<void> {
    await put(tx, reservation, { digest: null, seed: null });
  }

  /** Resolves with its expiry. */
  async function put(
    tx: SqlEntityManager,
    { userId, purpose, email, mailId }: Reservation,
    secret: Pick<OneTimeCodeRow, 'digest' | 'seed'>,
  ): Promise<Date> {
    const address = { email: email.address, emailCanonical: email.canonical };
    const fresh = { ...secret, ...address, mailId, expiresAt: expiryOf(purpose), usedAt: null };
    await query<Tables>(tx)
      .insertInto('OneTimeCode')
      .values({ userId, purpose, ...fresh })
      .onConflict((conflict) => conflict.columns(['userId', 'purpose']).doUpdateSet(fresh))
      .execute();
    return fresh.expiresAt;
  }

  /**
   * A random code of 256 bits for the letter that is being written; its life begins now. Null when the reservation is
   * void: the code was asked for again, or its purpose has been settled. A letter that is written twice voids its first
   * code.
   */
  async function issue(tx: SqlEntityManager, { userId, purpose, mailId }: Omit<Reservation, 'email'>) {
    const code = newSecret();
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('OneTimeCode')
      .set({ digest: digest(code), expiresAt: expiryOf(purpose) })
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .where('mailId', '=', mailId)
      .where('usedAt', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n ? code : null;
  }

  /**
   * The code that is valid, once more and until the same instant; otherwise a new one. No request can void a code that
   * its owner has in the mailbox. The caller has locked the user.
   */
  async function repeatOrMake(tx: SqlEntityManager, reservation: Reservation): Promise<RepeatableCode> {
    const { mailId } = reservation;
    const valid = await findValid(tx, reservation);
    const code = valid && derivedCodes.repeat(valid);
    if (valid && code) {
      if (valid.mailId !== mailId) await noteMail(tx, reservation);
      return { code, expiresAt: valid.expiresAt, mailedBy: valid.mailId === mailId ? 'this' : 'another' };
    }
    const made = derivedCodes.make(reservation);
    const expiresAt = await put(tx, reservation, { digest: digest(made.code), seed: made.seed });
    return { code: made.code, expiresAt, mailedBy: 'none' };
  }

  async function findValid(tx: SqlEntityManager, { userId, purpose, email }: Reservation) {
    return query<Tables>(tx)
      .selectFrom('OneTimeCode')
      .selectAll()
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .where('emailCanonical', '=', email.canonical)
      .where('expiresAt', '>', now())
      .where('usedAt', 'is', null)
      .executeTakeFirst();
  }

  async function noteMail(tx: SqlEntityManager, { userId, purpose, mailId }: Reservation): Promise<void> {
    await query<Tables>(tx)
      .updateTable('OneTimeCode')
      .set({ mailId })
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .execute();
  }

  /** Also finds a code that was used, until it expires. */
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

  /** True for one of any number that use the same code at once. The row stays, so that a repetition can be answered. */
  async function use(tx: SqlEntityManager, { userId, purpose, digest }: OneTimeCodeRow): Promise<boolean> {
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('OneTimeCode')
      .set({ usedAt: now() })
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .where('digest', '=', digest)
      .where('usedAt', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  /** When the code was used; null when it is void. */
  async function findUse(tx: SqlEntityManager, { userId, purpose, digest }: OneTimeCodeRow): Promise<Date | null> {
    const row = await query<Tables>(tx)
      .selectFrom('OneTimeCode')
      .select('usedAt')
      .where('userId', '=', userId)
      .where('purpose', '=', purpose)
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row?.usedAt ?? null;
  }

  /** Voids every code of the user. Used codes stay: they open nothing. */
  async function voidAll(tx: SqlEntityManager, userId: string): Promise<void> {
    await unusedOf(tx, userId).execute();
  }

  async function voidOthers(tx: SqlEntityManager, userId: string, purpose: CodePurpose): Promise<void> {
    await unusedOf(tx, userId).where('purpose', '!=', purpose).execute();
  }

  function unusedOf(tx: SqlEntityManager, userId: string) {
    return query<Tables>(tx).deleteFrom('OneTimeCode').where('userId', '=', userId).where('usedAt', 'is', null);
  }

  /** Voids the codes of the account that has this address, if the address was never verified. Null voids none. */
  async function voidUnverified(tx: SqlEntityManager, email: EmailAddress | null): Promise<void> {
    await query<Tables>(tx)
      .deleteFrom('OneTimeCode')
      .where('usedAt', 'is', null)
      .where('userId', 'in', (db) =>
        db
          .selectFrom('User')
          .select('User.id')
          .where('User.emailCanonical', '=', email?.canonical ?? '')
          .where('User.emailVerifiedAt', 'is', null),
      )
      .execute();
  }

  /** For a user who is deleted: nothing of the codes is left. */
  async function remove(tx: SqlEntityManager, userId: string): Promise<void> {
    await query<Tables>(tx).deleteFrom('OneTimeCode').where('userId', '=', userId).execute();
  }

  return { reserve, issue, repeatOrMake, find, use, findUse, voidAll, voidOthers, voidUnverified, remove };
}
