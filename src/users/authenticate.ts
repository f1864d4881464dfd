// users/authenticate.ts: every path on which a password is checked leads through here.
import type { AuditLog } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import type { Commit } from '../platform/group-commit.ts';
import type { Logger } from '../platform/logger.ts';
import type { Origin } from '../platform/origin.ts';
import { MAX_FAILURES } from './holds.ts';
import { MAX_PASSWORD_BYTES, type Passwords } from './passwords.ts';
import type { Principal } from './principal.ts';
import { findHashFault } from './stored-hash.ts';
import type { Check, Standing, Throttle } from './throttle.ts';
import type { UserRow } from './user.ts';
import { canonicalLogin, type Users } from './users.ts';

export interface Login {
  /** An e-mail address or a user name. */
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  readonly origin: Origin;
}

/** What a signed-in user brings to prove, once more, who is there. */
export interface Confirmation {
  readonly caller: Principal;
  readonly origin: Origin;
}

/** A user whose password is sent by a caller that is not signed in to the account. */
export interface AccountClaim {
  readonly userId: string;
  /** Null if the request names no client. */
  readonly clientId: string | null;
  readonly origin: Origin;
}

/**
 * What becomes of a sign-in whose password is right, but whose address was never proved. `hidden` looks like a wrong
 * password: where a sign-up does not tell whether an address was new, the sign-in after it must not either.
 */
export type Unverified = 'admitted' | 'told' | 'hidden';

interface Parts {
  readonly commit: Commit;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  readonly audit: AuditLog;
  readonly unverified: Unverified;
  readonly log: Logger;
  /** Closes the password to strangers, who tried it too often, until its owner chooses another. */
  readonly lockPassword: (user: UserRow, origin: Origin) => Promise<void>;
}

/** Whose password it is said to be, and who says so. */
interface Claim {
  readonly user: UserRow | null;
  /** Canonical. */
  readonly name: string;
  readonly standing: Standing;
  readonly origin: Origin;
}

/** Who tries, and from where. */
interface Trial {
  /** Null if no user has that name. */
  readonly user: UserRow | null;
  readonly clientId: string | null;
  readonly origin: Origin;
  /** Runs the check, if the throttle has a try left. */
  readonly attempt: (check: Check<UserRow>) => Promise<UserRow>;
}

export type Authenticate = ReturnType<typeof createAuthenticate>;

export function createAuthenticate(parts: Parts) {
  const { commit, users, passwords, throttle, audit, unverified, log, lockPassword } = parts;

  /**
   * Throws `credentials_wrong` for an unknown name, a wrong password and a disabled user alike, after the same work;
   * `email_unverified` if that is told; `rate_limited` after too many tries; and `invalid_request`, without any work, for
   * a password that no account can have.
   */
  async function signIn({ username, password, clientId, origin }: Login): Promise<UserRow> {
    assertPossible(password);
    passwords.assertRoom();
    const user = await users.findByLogin(username);
    const name = canonicalLogin(username);
    const account = user?.emailCanonical ?? name;
    const attempt: Trial['attempt'] = (check) => throttle.signIn({ account, user, ip: origin.ip }, check);
    return tried({ user, clientId, origin, attempt }, async (standing) => {
      if (!(await matches({ user, name, standing, origin }, password)) || !user)
        throw new AuthError('credentials_wrong');
      if (user.disabledAt) throw new AuthError('user_disabled');
      if (!user.emailVerifiedAt && unverified !== 'admitted') throw refusals[unverified]();
      await upgrade(user, password).catch(nextTime);
      return user;
    });
  }

  /** Checks the password of the signed-in user once more. Throws as `checkFor` does. */
  function confirm(password: string, { caller, origin }: Confirmation): Promise<UserRow> {
    const { userId, clientId, sessionId } = caller;
    return checkFor(
      { userId, clientId, origin },
      password,
      (user) => (check) => throttle.confirm({ user, sessionId }, check),
    );
  }

  /** Checks the password of an account that the caller claims. It counts as on the sign-in form. Throws as `checkFor` does. */
  function prove(password: string, claim: AccountClaim): Promise<UserRow> {
    const { ip } = claim.origin;
    return checkFor(
      claim,
      password,
      (user) => (check) => throttle.signIn({ account: user.emailCanonical, user, ip }, check),
    );
  }

  /** Throws `password_wrong`, `rate_limited`, or `invalid_token` when the user is gone. */
  async function checkFor(
    { userId, clientId, origin }: AccountClaim,
    password: string,
    attemptOf: (user: UserRow) => Trial['attempt'],
  ): Promise<UserRow> {
    assertPossible(password);
    passwords.assertRoom();
    const user = await users.find(userId);
    if (!user) throw new AuthError('invalid_token');
    return tried({ user, clientId, origin, attempt: attemptOf(user) }, async (standing) => {
      const claim = { user, name: user.emailCanonical, standing, origin };
      if (!(await matches(claim, password))) throw new AuthError('password_wrong');
      return user;
    });
  }

  /** The user, if the try succeeds. A failure, and the first refusal of a budget, become audit events. */
  async function tried({ user, clientId, origin, attempt }: Trial, look: Check<UserRow>['look']): Promise<UserRow> {
    const subject = { ...(user && { userId: user.id }), ...(clientId !== null && { clientId }), origin };
    const onFailure = async (failedInARow: number, standing: Standing) => {
      const details = { failedInARow, ...(standing !== 'stranger' && { from: standing }) };
      await commit((tx) => audit.record(tx, { type: 'sign_in.failed', ...subject, details }));
      if (user && standing === 'stranger' && failedInARow >= MAX_FAILURES) await lockPassword(user, origin);
    };
    return attempt({ look, onFailure }).catch(async (error: unknown) => {
      if (isNewlyThrottled(error)) await commit((tx) => audit.record(tx, { type: 'sign_in.throttled', ...subject }));
      throw error;
    });
  }

  /** A locked password is checked all the same, so that its lock does not show in the time. */
  async function matches({ user, name, standing, origin: { gone } }: Claim, password: string): Promise<boolean> {
    const stored = user?.passwordHash ?? null;
    const fault = stored === null ? null : findHashFault(stored);
    if (fault !== null) log.error({ userId: user?.id, fault }, 'unreadable password hash');
    const isRight = await passwords.verify(stored, password, { name, gone });
    const isClosed = standing === 'stranger' && Boolean(user?.passwordLockedAt);
    return isRight && !isClosed;
  }

  /** The owner has chosen a new password. */
  const forgive = (user: UserRow) => throttle.forgive(user.emailCanonical);

  async function upgrade(user: UserRow, password: string): Promise<void> {
    if (user.passwordHash === null || !passwords.needsRehash(user.passwordHash, password)) return;
    await users.upgradeHash(user, await passwords.hash(password));
  }

  return { signIn, confirm, prove, forgive };
}

const refusals = {
  told: () => new AuthError('email_unverified', { reason: 'email_unverified' }),
  hidden: () => new AuthError('credentials_wrong'),
};

function assertPossible(password: string): void {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) throw new AuthError('invalid_request');
}

/** An event for each refusal would let an attacker fill the table; the first one is enough. */
function isNewlyThrottled(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'rate_limited' && error.details.isFirst === true;
}

/** A busy lane is no reason to refuse a password that was right. */
function nextTime(error: unknown): void {
  if (!(error instanceof AuthError && error.code === 'overloaded')) throw error;
}
