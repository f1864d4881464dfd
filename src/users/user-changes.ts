// users/user-changes.ts: everything that is done to an account once it is there.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addMilliseconds, type Clock, later } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import type { EmailAddress } from './email-address.ts';
import { findUserBy } from './find-user.ts';
import { User, type UserRow } from './user.ts';
import { canonicalUsername } from './username.ts';

interface Tables {
  User: Table<typeof User>;
}

export interface Profile {
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly name: string | null;
  readonly locale: string | null;
  readonly zoneinfo: string | null;
}

/** What people change of themselves. What is not named stays. */
export interface ProfileChanges extends Partial<Profile> {
  readonly username?: string | null;
  readonly picture?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export type UserChanges = ReturnType<typeof createUserChanges>;

export function createUserChanges({ now }: { now: Clock }) {
  /** Fails with a unique violation when the new user name is taken. Null when the user is gone. */
  async function changeProfile(tx: SqlEntityManager, id: string, changes: ProfileChanges): Promise<UserRow | null> {
    const { username } = changes;
    const renamed = username === undefined ? {} : { usernameCanonical: username && canonicalUsername(username) };
    return change(tx, id, { ...changes, ...renamed, updatedAt: now() });
  }

  /**
   * Puts the hash of a new password in place, unless the password was changed since the user was read: then false. A
   * sign-in with the old one that is still on its way is refused, even if the clock stands still.
   */
  async function changePassword(tx: SqlEntityManager, seen: UserRow, passwordHash: string): Promise<boolean> {
    const passwordChangedAt = later(now(), addMilliseconds(seen.passwordChangedAt, 1));
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('User')
      .set({ passwordHash, passwordChangedAt, passwordLockedAt: null })
      .where('id', '=', seen.id)
      .where('passwordChangedAt', '=', seen.passwordChangedAt)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  /** False when it is locked already, or was changed since the user was read. */
  async function lockPassword(tx: SqlEntityManager, seen: UserRow): Promise<boolean> {
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('User')
      .set({ passwordLockedAt: now() })
      .where('id', '=', seen.id)
      .where('passwordChangedAt', '=', seen.passwordChangedAt)
      .where('passwordLockedAt', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  /** The user has shown to read the mail of that address. Fails with a unique violation when it is another's by now. */
  async function proveEmail(tx: SqlEntityManager, id: string, email: EmailAddress): Promise<UserRow | null> {
    const at = now();
    const proved = { email: email.address, emailCanonical: email.canonical, emailVerifiedAt: at, updatedAt: at };
    return change(tx, id, proved);
  }

  /**
   * False when the password was changed since the user was read. Until the transaction is over it is not changed any
   * more, and nobody signs in.
   */
  async function hold(tx: SqlEntityManager, { id, passwordChangedAt }: UserRow): Promise<boolean> {
    const { numUpdatedRows } = await query<Tables>(tx)
      .updateTable('User')
      .set({ passwordChangedAt })
      .where('id', '=', id)
      .where('passwordChangedAt', '=', passwordChangedAt)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  /** A write that changes nothing. */
  async function touch(tx: SqlEntityManager, { canonical }: EmailAddress): Promise<void> {
    await query<Tables>(tx)
      .updateTable('User')
      .set(({ ref }) => ({ updatedAt: ref('updatedAt') }))
      .where('emailCanonical', '=', canonical)
      .execute();
  }

  async function remove(tx: SqlEntityManager, { id }: UserRow): Promise<void> {
    await query<Tables>(tx).deleteFrom('User').where('id', '=', id).execute();
  }

  const disable = (tx: SqlEntityManager, id: string) => change(tx, id, { disabledAt: now() });
  const enable = (tx: SqlEntityManager, id: string) => change(tx, id, { disabledAt: null });
  const changeRoles = (tx: SqlEntityManager, id: string, roles: string[]) => change(tx, id, { roles });

  async function change(tx: SqlEntityManager, id: string, changes: Partial<UserRow>): Promise<UserRow | null> {
    await tx.nativeUpdate(User, { id }, changes); // not by `query`, whose errors have no class to be caught by
    return findUserBy(tx, 'id', id);
  }

  return { changeProfile, changePassword, lockPassword, proveEmail, hold, touch, remove, disable, enable, changeRoles };
}
