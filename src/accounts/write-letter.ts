// accounts/write-letter.ts: from a mail in the outbox to the letter that goes out, as things stand at that moment. A mail
// that nobody should get any more becomes no letter.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { WriteLetter } from '../mail/postman.ts';
import { transact } from '../platform/transaction.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import type { Letters } from './letters.ts';
import { emailOf, isMailKind, type MailKind, sealedEmail } from './mails.ts';
import type { CodePurpose } from './one-time-code.ts';
import type { OneTimeCodes } from './one-time-codes.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly users: Users;
  readonly codes: OneTimeCodes;
  readonly letters: Letters;
}

/** What a letter is written from. */
interface Occasion {
  readonly mailId: string;
  readonly userId: string;
  /** As it was given by whoever caused the mail. */
  readonly email: EmailAddress;
}

export function createWriteLetter({ em, users, codes, letters }: Parts): WriteLetter {
  type Written = { readonly to: string } & ReturnType<Letters[keyof Letters]>;
  type Write = (tx: SqlEntityManager, occasion: Occasion) => Promise<Written | null>;

  /** The owner of the address; nobody if the account is disabled, which no code should open. */
  async function ownerOf(tx: SqlEntityManager, email: EmailAddress): Promise<UserRow | null> {
    const owner = await users.findByEmail(tx, email);
    return owner?.disabledAt ? null : owner;
  }

  async function newCode(tx: SqlEntityManager, user: UserRow, purpose: CodePurpose, mailId: string) {
    const code = { userId: user.id, purpose, mailId };
    await codes.reserve(tx, { ...code, email: emailOf(user) });
    return (await codes.issue(tx, code)) ?? '';
  }

  const verifyEmail: Write = async (tx, { email, mailId }) => {
    const user = await ownerOf(tx, email);
    if (!user || user.emailVerifiedAt) return null;
    return { to: user.email, ...letters.verifyEmail(await newCode(tx, user, 'verify_email', mailId)) };
  };

  const resetPassword: Write = async (tx, { email, mailId }) => {
    const user = await ownerOf(tx, email);
    return user && { to: user.email, ...letters.resetPassword(await newCode(tx, user, 'reset_password', mailId)) };
  };

  /**
   * Somebody wants an address that has an account. If the account was proved, its owner is told. If not, whoever reads
   * the mailbox gets it by choosing a password: the one that is there may be a stranger's.
   */
  const repeatedSignUp: Write = async (tx, { email, mailId }) => {
    const user = await ownerOf(tx, email);
    if (!user) return null;
    if (user.emailVerifiedAt) return { to: user.email, ...letters.addressInUse() };
    return { to: user.email, ...letters.signUpUnproved(await newCode(tx, user, 'reset_password', mailId)) };
  };

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
