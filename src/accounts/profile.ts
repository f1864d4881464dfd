// accounts/profile.ts: what people change of themselves without proving anything again.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { Principal } from '../users/principal.ts';
import type { UserRow } from '../users/user.ts';
import type { ProfileChanges } from '../users/user-changes.ts';
import { takenError, type Users, usernameTaken } from '../users/users.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly users: Users;
  readonly audit: AuditLog;
}

/** The user as changed. Throws `username_taken`. */
export type ChangeProfile = (caller: Principal, changes: ProfileChanges, origin: Origin) => Promise<UserRow>;

export function createChangeProfile({ em, users, audit }: Parts): ChangeProfile {
  async function change({ userId, clientId, sessionId }: Principal, changes: ProfileChanges, origin: Origin) {
    const user = await transact(em, async (tx) => {
      if (Object.keys(changes).length === 0) return users.findIn(tx, userId);
      const changed = await users.changeProfile(tx, userId, changes);
      if (changed) await audit.recordAgain(tx, { type: 'user.profile_changed', userId, clientId, sessionId, origin });
      return changed;
    });
    if (!user) throw new AuthError('invalid_token');
    return user;
  }

  return async (caller, changes, origin) => {
    try {
      return await change(caller, changes, origin);
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) throw takenError([usernameTaken]);
      throw error;
    }
  };
}
