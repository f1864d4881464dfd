// accounts/mailbox.ts: what people do by reading their mail: verify an address, and choose a new password.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import { addSeconds, type Clock } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Throttle } from '../users/throttle.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import type { AccountProof, AssertProved } from './account-proof.ts';
import type { EmptyAccount } from './empty-account.ts';
import { emailOf, type Mails } from './mails.ts';
import type { CodePurpose, OneTimeCodeRow } from './one-time-code.ts';
import type { OneTimeCodes } from './one-time-codes.ts';

/** For so long the same code gets the same answer: a double click, or a browser that sends a request again. */
const SAME_ANSWER_SECONDS = 60;

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly mails: Mails;
  readonly audit: AuditLog;
  readonly assertProved: AssertProved;
  readonly emptyAccount: EmptyAccount;
}

/** A code, and the account that it is good for. */
interface Found {
  readonly proof: OneTimeCodeRow;
  readonly user: UserRow;
}

export type Mailbox = ReturnType<typeof createMailbox>;

/** Each transaction begins with the row of the user, then come codes, then sessions. */
export function createMailbox(parts: Parts) {
  const { em, now, users, passwords, throttle, sessions, codes, mails, audit, assertProved, emptyAccount } = parts;

  /** Does the same for every address: whether it has an account is found out when the letter is written. */
  function askForMail(kind: 'email_verification' | 'password_reset', email: EmailAddress): Promise<unknown> {
    return transact(em, (tx) => mails.request(tx, kind, email));
  }

  /**
   * Throws `code_invalid`: one answer for a code that is unknown, too old, void, or of another purpose. The code alone
   * verifies nothing: see account-proof.ts for what a missing or a bad proof of the account throws. A code that has done
   * its work throws `already_verified`, which needs no proof because only the reader of the mailbox has the code.
   */
  async function verifyEmail(code: string, account: AccountProof): Promise<void> {
    const { proof, user } = await find(code, ['verify_email', 'change_email']);
    if (proof.usedAt) return assertJustUsed(proof.usedAt);
    await assertProved(user, account);
    await throttle.forgive(user.emailCanonical);
    try {
      await transact(em, (tx) => verify(tx, { proof, user }, account.origin));
    } catch (error) {
      // Another account has that address by now, which this user must not learn.
      if (error instanceof UniqueConstraintViolationException) throw new AuthError('code_invalid');
      throw error;
    }
  }

  async function verify(tx: SqlEntityManager, { proof, user: seen }: Found, origin: Origin): Promise<void> {
    const user = (await users.hold(tx, seen)) ? await ownerOf(tx, proof) : null;
    if (!user) throw new AuthError('code_invalid');
    if (!(await codes.use(tx, proof))) return assertUsedMeanwhile(tx, proof);
    if (proof.purpose === 'verify_email') await markVerified(tx, user, origin);
    else await moveTo(tx, user, proof, origin);
  }

  /** Of any number that use a code at once, all but one come here, after the one has committed. */
  async function assertUsedMeanwhile(tx: SqlEntityManager, proof: OneTimeCodeRow): Promise<void> {
    const usedAt = await codes.findUse(tx, proof);
    if (!usedAt) throw new AuthError('code_invalid');
    assertJustUsed(usedAt);
  }

  function assertJustUsed(usedAt: Date): void {
    if (now() >= addSeconds(usedAt, SAME_ANSWER_SECONDS)) throw new AuthError('already_verified');
  }

  async function markVerified(tx: SqlEntityManager, user: UserRow, origin: Origin): Promise<UserRow> {
    const verified = await users.proveEmail(tx, user.id, emailOf(user));
    await audit.record(tx, { type: 'user.email_verified', userId: user.id, origin });
    return verified ?? user;
  }

  /** What was mailed to the address of before is void. */
  async function moveTo(tx: SqlEntityManager, user: UserRow, proof: OneTimeCodeRow, origin: Origin): Promise<void> {
    await users.proveEmail(tx, user.id, emailOf(proof));
    await codes.voidAll(tx, user.id);
    if (proof.emailCanonical !== user.emailCanonical) await mails.notify(tx, 'email_changed', user);
    await audit.record(tx, { type: 'user.email_changed', userId: user.id, origin });
  }

  /**
   * Ends every session and opens none. The code can also be one that verifies the present address, as long as the
   * address was never verified: the owner of the mailbox need not know the password of the account, which a stranger may have chosen. Throws
   * `code_invalid`, `invalid_request` for a password that may not be used, which leaves the code as it was, or
   * `overloaded`.
   */
  async function resetPassword(code: string, password: string, origin: Origin): Promise<void> {
    const { proof, user } = await find(code, ['reset_password', 'verify_email']);
    if (proof.usedAt || !canReset(proof, user)) throw new AuthError('code_invalid');
    const fault = passwords.findFaultFor(user, password);
    if (fault) throw new AuthError('invalid_request', { fields: [{ pointer: '/password', ...fault }] });
    const passwordHash = await passwords.hash(password, origin.gone);
    await throttle.forgive(user.emailCanonical);
    await transact(em, (tx) => reset(tx, { proof, user }, passwordHash, origin));
  }

  async function reset(tx: SqlEntityManager, { proof, user: seen }: Found, passwordHash: string, origin: Origin) {
    const isFirst = await users.changePassword(tx, seen, passwordHash);
    const user = isFirst ? await ownerOf(tx, proof) : null;
    if (!user || !canReset(proof, user) || !(await codes.use(tx, proof))) throw new AuthError('code_invalid');
    const verified = user.emailVerifiedAt ? await signOut(tx, user, origin) : await takeOver(tx, user, origin);
    await mails.notify(tx, 'password_was_reset', verified);
    await audit.record(tx, { type: 'user.password_reset', userId: user.id, origin });
  }

  async function signOut(tx: SqlEntityManager, user: UserRow, origin: Origin): Promise<UserRow> {
    await codes.voidAll(tx, user.id);
    await sessions.endAll(tx, { userId: user.id, reason: 'password_reset', origin });
    return user;
  }

  /** The person who signed up may have been a stranger to this mailbox, and loses the account here. */
  async function takeOver(tx: SqlEntityManager, user: UserRow, origin: Origin): Promise<UserRow> {
    await emptyAccount(tx, user, origin);
    return markVerified(tx, user, origin);
  }

  async function find(code: string, purposes: readonly CodePurpose[]): Promise<Found> {
    const proof = await codes.find(em, code, purposes);
    const user = proof && (await ownerOf(em, proof));
    if (!proof || !user) throw new AuthError('code_invalid');
    return { proof, user };
  }

  /** The owner of the code. Null if the account is disabled, or has moved to another address since. */
  async function ownerOf(tx: SqlEntityManager, proof: OneTimeCodeRow): Promise<UserRow | null> {
    const user = await users.findIn(tx, proof.userId);
    if (!user || user.disabledAt) return null;
    const isPending = proof.purpose === 'change_email' && proof.usedAt === null;
    return isPending || proof.emailCanonical === user.emailCanonical ? user : null;
  }

  return { askForMail, verifyEmail, resetPassword };
}

function canReset({ purpose }: OneTimeCodeRow, { emailVerifiedAt }: UserRow): boolean {
  return purpose === 'reset_password' || (purpose === 'verify_email' && emailVerifiedAt === null);
}
