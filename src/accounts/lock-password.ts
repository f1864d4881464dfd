// accounts/lock-password.ts: closes an account whose password too many have tried. Its owner opens it again by mail.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import type { Mails } from './mails.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly users: Users;
  readonly mails: Mails;
  readonly audit: AuditLog;
}

/** Sessions go on: whoever has one knew the password before. */
export function createLockPassword({ em, users, mails, audit }: Parts) {
  return (user: UserRow, origin: Origin): Promise<void> =>
    transact(em, async (tx) => {
      if (!(await users.lockPassword(tx, user))) return; // locked already, or another password by now
      await mails.notify(tx, 'password_locked', user);
      await audit.record(tx, { type: 'user.password_locked', userId: user.id, origin });
    });
}
