// accounts/write-letter.ts: from a mail in the outbox to the letter that goes out, as things stand at that moment. A mail
// that nobody should get any more becomes no letter.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { WriteLetter } from '../mail/postman.ts';
import { type Clock, secondsBetween } from '../platform/clock.ts';
import { theService } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import type { Letters } from './letters.ts';
import { emailOf, isMailKind, type MailKind, sealedEmail } from './mails.ts';
import type { OneTimeCodes, RepeatableCode } from './one-time-codes.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly users: Users;
  readonly codes: OneTimeCodes;
  readonly letters: Letters;
  readonly audit: AuditLog;
}

/** What a letter is written from. */
interface Occasion {
  readonly mailId: string;
  readonly userId: string;
  /** As the request that caused the mail wrote it. */
  readonly email: EmailAddress;
}

export function createWriteLetter({ em, now, users, codes, letters, audit }: Parts): WriteLetter {
  type Written = { readonly to: string } & ReturnType<Letters[keyof Letters]>;
  type Write = (tx: SqlEntityManager, occasion: Occasion) => Promise<Written | null>;

  /** The owner of the address, locked; null if the account is disabled, which no code should open. */
  async function ownerOf(tx: SqlEntityManager, email: EmailAddress): Promise<UserRow | null> {
    const owner = await users.findByEmail(tx, email);
    if (!owner || owner.disabledAt) return null;
    if (!(await users.hold(tx, owner))) throw new Error('The password was changed while a letter was being written.');
    return owner;
  }

  const verifyEmail: Write = async (tx, { email, mailId }) => {
    const user = await ownerOf(tx, email);
    if (!user || user.emailVerifiedAt) return null;
    const code = { userId: user.id, purpose: 'verify_email', mailId } as const;
    await codes.reserve(tx, { ...code, email: emailOf(user) });
    return { to: user.email, ...letters.verifyEmail((await codes.issue(tx, code)) ?? '') };
  };

  const resetPassword: Write = async (tx, { email, mailId }) => {
    const user = await ownerOf(tx, email);
    if (!user) return null;
    const reset = await resetCode(tx, user, mailId);
    const details = { code: reset.mailedBy === 'none' ? 'new' : 'repeated' };
    const event = { type: 'user.password_reset_requested', userId: user.id, origin: theService(), details } as const;
    if (reset.mailedBy !== 'this') await audit.record(tx, event);
    return { to: user.email, ...letters.resetPassword(reset.code, minutesLeft(reset)) };
  };

  /**
   * A sign-up with an address that has an account. If the address is verified, its owner is told. If not, the reader of
   * the mailbox gets the account by choosing a password: the present one may be a stranger's.
   */
  const repeatedSignUp: Write = async (tx, { email, mailId }) => {
    const user = await ownerOf(tx, email);
    if (!user) return null;
    if (user.emailVerifiedAt) return { to: user.email, ...letters.addressInUse() };
    await codes.voidOthers(tx, user.id, 'reset_password'); // of a letter that was on its way when the sign-up came
    const reset = await resetCode(tx, user, mailId);
    return { to: user.email, ...letters.signUpUnproved(reset.code, minutesLeft(reset)) };
  };

  function resetCode(tx: SqlEntityManager, user: UserRow, mailId: string): Promise<RepeatableCode> {
    return codes.repeatOrMake(tx, { userId: user.id, purpose: 'reset_password', email: emailOf(user), mailId });
  }

  function minutesLeft({ expiresAt }: RepeatableCode): number {
    return Math.max(1, Math.floor(secondsBetween(now(), expiresAt) / 60));
  }

  /** The code was reserved when the change was asked for: what has become of it since decides. */
  const changeEmail: Write = async (tx, { email, userId, mailId }) => {
    const owner = await users.findByEmail(tx, email);
    if (owner && owner.id !== userId) return { to: owner.email, ...letters.addressInUse() };
    const code = await codes.issue(tx, { userId, purpose: 'change_email', mailId });
    return code === null ? null : { to: email.address, ...letters.changeEmail(code) };
  };

  function notice(letter: () => ReturnType<Letters[keyof Letters]>): Write {
    return async (_, { email }) => ({ to: email.address, ...letter() });
  }

  const writers: Readonly<Record<MailKind, Write>> = {
    email_verification: verifyEmail,
    sign_up_repeated: repeatedSignUp,
    password_reset: resetPassword,
    email_change: changeEmail,
    password_changed: notice(letters.passwordChanged),
    password_was_reset: notice(letters.passwordWasReset),
    password_locked: notice(letters.passwordLocked),
    email_change_requested: notice(letters.emailChangeRequested),
    email_changed: notice(letters.emailChanged),
    account_deleted: notice(letters.accountDeleted),
  };

  return async ({ id: mailId, kind }, content) => {
    if (!isMailKind(kind)) throw new Error(`There is no mail of the kind ${kind}.`);
    const occasion = { mailId, userId: content.userId ?? '', email: sealedEmail(content) };
    return transact(em, (tx) => writers[kind](tx, occasion));
  };
}
