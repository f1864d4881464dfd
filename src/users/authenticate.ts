// users/authenticate.ts: every path on which a password is checked leads through here.
import { AuthError } from '../errors.ts';
import type { Logger } from '../platform/logger.ts';
import { isReadableHash, MAX_PASSWORD_BYTES, type Passwords } from './passwords.ts';
import type { UserRow } from './user.ts';
import type { Users } from './users.ts';

export interface Login {
  /** An e-mail address or a user name. */
  readonly username: string;
  readonly password: string;
}

/**
 * What becomes of a sign-in whose password is right, but whose address was never proved. `hidden` looks like a wrong
 * password: where a sign-up does not tell whether an address was new, the sign-in after it must not either.
 */
export type Unverified = 'admitted' | 'told' | 'hidden';

interface Parts {
  readonly users: Users;
  readonly passwords: Passwords;
  readonly unverified: Unverified;
  readonly log: Logger;
}

export type Authenticate = ReturnType<typeof createAuthenticate>;

export function createAuthenticate({ users, passwords, unverified, log }: Parts) {
  /**
   * Throws `credentials_wrong` for an unknown name, a wrong password and a disabled user alike, after the same work;
   * `email_unverified` if that is told; and `invalid_request`, without any work, for a password that no account can have.
   */
  async function signIn({ username, password }: Login): Promise<UserRow> {
    assertPossible(password);
    const user = await users.findByLogin(username);
    if (!(await matches(user, password)) || !user) throw new AuthError('credentials_wrong');
    if (user.disabledAt) throw new AuthError('user_disabled');
    if (!user.emailVerifiedAt && unverified !== 'admitted') throw refusals[unverified]();
    await upgrade(user, password).catch(nextTime);
    return user;
  }

  /** The signed-in user, once more by password. Throws `password_wrong`, or `invalid_token` when the user is gone. */
  async function confirm(userId: string, password: string): Promise<UserRow> {
    assertPossible(password);
    const user = await users.find(userId);
    if (!user) throw new AuthError('invalid_token');
    if (!(await matches(user, password))) throw new AuthError('password_wrong');
    return user;
  }

  async function matches(user: UserRow | null, password: string): Promise<boolean> {
    const stored = user?.passwordHash ?? null;
    if (stored !== null && !isReadableHash(stored)) log.error({ userId: user?.id }, 'unreadable password hash');
    return passwords.verify(stored, password);
  }

  async function upgrade(user: UserRow, password: string): Promise<void> {
    if (user.passwordHash === null || !passwords.isOutdated(user.passwordHash)) return;
    await users.upgradeHash(user, await passwords.hash(password));
  }

  return { signIn, confirm };
}

const refusals = {
  told: () => new AuthError('email_unverified', { reason: 'email_unverified' }),
  hidden: () => new AuthError('credentials_wrong'),
};

function assertPossible(password: string): void {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) throw new AuthError('invalid_request');
}

/** A busy lane is no reason to refuse a password that was right. */
function nextTime(error: unknown): void {
  if (!(error instanceof AuthError && error.code === 'overloaded')) throw error;
}
