// accounts/mailbox.ts: what people do by reading their mail: prove an address, and choose a new password.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Throttle } from '../users/throttle.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import { emailOf, type Mails } from './mails.ts';
import type { OneTimeCodeRow } from './one-time-code.ts';
import type { OneTimeCodes } from './one-time-codes.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly mails: Mails;
  readonly audit: AuditLog;
}

export type Mailbox = ReturnType<typeof createMailbox>;

export function createMailbox({ em, users, passwords, throttle, sessions, codes, mails, audit }: Parts) {
  /** Does the same for every address: whether anybody has it is found out when the letter is written. */
  function askForMail(kind: 'email_verification' | 'password_reset', email: EmailAddress): Promise<unknown> {
    return transact(em, (tx) => mails.request(tx, kind, email));
  }

  /** Throws `code_invalid`: one answer for a code that is unknown, used, too old, void, or of another purpose. */
  async function verifyEmail(code: string, origin: Origin): Promise<void> {
    try {
      await transact(em, async (tx) => {
        const proof = await codes.find(tx, code, ['verify_email', 'change_email']);
        const user = proof && (await ownerOf(tx, proof));
        if (!proof || !user) throw new AuthError('code_invalid');
        if (proof.purpose === 'change_email') await moveTo(tx, user, proof, origin);
        else await prove(tx, user, origin);
        await use(tx, proof);
      });
    } catch (error) {
      // Somebody else has proved that address meanwhile, which is not for this one to know.
      if (error instanceof UniqueConstraintViolationException) throw new AuthError('code_invalid');
      throw error;
    }
  }

  async function prove(tx: SqlEntityManager, user: UserRow, origin: Origin): Promise<void> {
    await users.proveEmail(tx, user.id, emailOf(user));
    await audit.record(tx, { type: 'user.email_verified', userId: user.id, origin });
  }

  async function moveTo(tx: SqlEntityManager, user: UserRow, proof: OneTimeCodeRow, origin: Origin): Promise<void> {
    await users.proveEmail(tx, user.id, emailOf(proof));
    if (proof.emailCanonical !== user.emailCanonical) await mails.notify(tx, 'email_changed', user);
    await audit.record(tx, { type: 'user.email_changed', userId: user.id, origin });
  }

  /**
   * Ends every session and opens none. The mailbox is proved by this: whoever signed up with an address that was not
   * his loses the account here. Throws `code_invalid`, `invalid_request` for a password that may not be used, which
   * leaves the code as it was, or `overloaded`.
   */
  async function resetPassword(code: string, password: string, origin: Origin): Promise<void> {
    const proof = await codes.find(em, code, ['reset_password']);
    const owner = proof && (await ownerOf(em, proof));
    if (!proof || !owner) throw new AuthError('code_invalid');
    const fault = passwords.findFaultFor(owner, password);
    if (fault) throw new AuthError('invalid_request', { fields: [{ pointer: '/password', ...fault }] });
    const passwordHash = await passwords.hash(password, origin.gone);
    await throttle.forgive(owner.emailCanonical);
    await transact(em, async (tx) => {
      const user = await ownerOf(tx, proof);
      if (!user || !(await users.changePassword(tx, user, passwordHash))) throw new AuthError('code_invalid');
      if (!user.emailVerifiedAt) await prove(tx, user, origin);
      await use(tx, proof);
      await sessions.endAll(tx, { userId: user.id, reason: 'password_reset', origin });
      await mails.notify(tx, 'password_was_reset', user);
      await audit.record(tx, { type: 'user.password_reset', userId: user.id, origin });
    });
  }

  /** Whom the code is good for. Null if the account is disabled, or has moved to another address since. */
  async function ownerOf(tx: SqlEntityManager, proof: OneTimeCodeRow): Promise<UserRow | null> {
    const user = await users.findIn(tx, proof.userId);
    if (!user || user.disabledAt) return null;
    const isOfNow = proof.purpose === 'change_email' || proof.emailCanonical === user.emailCanonical;
    return isOfNow ? user : null;
  }

  /**
   * After the row of the user: of any number that use a code at once, all but one come to this point when it is gone.
   * Every other code of the user goes with it, unless it only said what a second one would say again.
   */
  async function use(tx: SqlEntityManager, proof: OneTimeCodeRow): Promise<void> {
    if (!(await codes.use(tx, proof))) throw new AuthError('code_invalid');
    if (proof.purpose !== 'verify_email') await codes.voidAll(tx, proof.userId);
  }

  return { askForMail, verifyEmail, resetPassword };
}
