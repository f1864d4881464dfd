// admin/user-admin.ts: what those who look after a deployment do to accounts. Nobody sets or learns another's password,
// except for an account that is just being made at the command line.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { emailOf, type Mails } from '../accounts/mails.ts';
import type { OneTimeCodes } from '../accounts/one-time-codes.ts';
import type { AuditEventType } from '../audit/audit-event.ts';
import { type AuditLog, initiatedBy } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import { ADMIN_ROLE, type Roles } from '../roles/roles.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { hasAdmin, lockAdmins } from '../users/administrators.ts';
import type { UserRow } from '../users/user.ts';
import { DEFAULT_ROLE, type NewUser, type Users } from '../users/users.ts';
import { type Act, initiatorOf, type Powers } from './powers.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly mails: Mails;
  readonly roles: Roles;
  readonly powers: Powers;
  readonly audit: AuditLog;
}

export interface UserToCreate extends Omit<NewUser, 'passwordHash'> {
  /** Null for somebody who chooses a password by mail. */
  readonly passwordHash: string | null;
  readonly isEmailVerified: boolean;
  readonly roles: readonly string[];
}

export interface UserChanges {
  readonly roles?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
}

type Work = (tx: SqlEntityManager, now: UserRow) => Promise<void>;

export type UserAdmin = ReturnType<typeof createUserAdmin>;

/** Every act throws `insufficient_power` if the roles of the account, before or after it, give a scope that the actor lacks. */
export function createUserAdmin({ em, users, sessions, codes, mails, roles, powers, audit }: Parts) {
  /** Throws `email_taken`, `username_taken`, or `role_unknown`. */
  async function create(wanted: UserToCreate, act: Act): Promise<UserRow> {
    await users.assertFree(wanted);
    await assertKnown(em, wanted.roles);
    const work = powers.perform(act, { act: 'user.created' }, async (tx) => {
      await powers.assertOver(tx, act, withDefault(wanted.roles));
      const user = await users.create(tx, wanted);
      if (wanted.isEmailVerified) await users.proveEmail(tx, user.id, wanted.email);
      await record(tx, 'user.created', user.id, act);
      return (await users.changeRoles(tx, user.id, withDefault(wanted.roles))) ?? user;
    });
    return work.catch(async (error: unknown) => {
      if (error instanceof UniqueConstraintViolationException) await users.assertFree(wanted);
      throw error;
    });
  }

  /** By identifier, e-mail address or user name. Throws `user_unknown`. */
  async function get(name: string): Promise<UserRow> {
    const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name);
    const user = isId ? await users.find(name.toLowerCase()) : await users.findByLogin(name);
    if (!user) throw new AuthError('user_unknown');
    return user;
  }

  /** Ends every session, and nobody signs in to the account until it is enabled again. Throws `last_admin`. */
  function disable(user: UserRow, act: Act): Promise<void> {
    return change(user, 'user.disabled', act, async (tx, now) => {
      await users.disable(tx, user.id);
      await sessions.endAll(tx, { userId: user.id, reason: 'user_disabled', origin: act.origin });
      await assertAdminLeft(tx, now);
    });
  }

  function enable(user: UserRow, act: Act): Promise<void> {
    return change(user, 'user.enabled', act, async (tx) => void (await users.enable(tx, user.id)));
  }

  /** Shows in tokens at the next refresh, and at our own endpoints at once. Throws `role_unknown` or `last_admin`. */
  async function setRoles(user: UserRow, names: readonly string[], act: Act): Promise<void> {
    await assertKnown(em, names);
    await change(user, 'user.roles_changed', act, async (tx, now) => {
      await powers.assertOver(tx, act, withDefault(names));
      await users.changeRoles(tx, user.id, withDefault(names));
      await assertAdminLeft(tx, now);
    });
  }

  /** All of it, or nothing. */
  async function update(user: UserRow, { roles: names, disabled }: UserChanges, act: Act): Promise<void> {
    const switched = disabled ? 'user.disabled' : 'user.enabled';
    const attempt = { act: names ? 'user.roles_changed' : switched, userId: user.id } as const;
    await powers.perform(act, attempt, async () => {
      if (names) await setRoles(user, names, act);
      if (disabled === true) await disable(user, act);
      if (disabled === false) await enable(user, act);
    });
  }

  /** Throws `last_admin`. */
  function remove(user: UserRow, act: Act): Promise<void> {
    return change(user, 'user.deleted', act, async (tx, now) => {
      await users.remove(tx, user);
      await codes.remove(tx, user.id);
      await sessions.endAll(tx, { userId: user.id, reason: 'user_deleted', origin: act.origin });
      await mails.notify(tx, 'account_deleted', user);
      await assertAdminLeft(tx, now);
    });
  }

  function endSessions(user: UserRow, act: Act): Promise<void> {
    return change(user, 'user.sessions_ended', act, (tx) =>
      sessions.endAll(tx, { userId: user.id, reason: 'ended_by_admin', origin: act.origin }),
    );
  }

  /** As if the user had asked for it. */
  function sendReset(user: UserRow, act: Act): Promise<void> {
    return change(user, 'user.password_reset_sent', act, async (tx) => {
      await mails.request(tx, 'password_reset', emailOf(user));
    });
  }

  async function change(user: UserRow, type: AuditEventType, act: Act, work: Work): Promise<void> {
    await powers.perform(act, { act: type, userId: user.id }, async (tx) => {
      if ((await users.findIn(tx, user.id))?.roles.includes(ADMIN_ROLE)) await lockAdmins(tx);
      const now = await users.findIn(tx, user.id);
      if (!now) throw new AuthError('user_unknown');
      await powers.assertOver(tx, act, now.roles);
      await work(tx, now);
      await record(tx, type, user.id, act);
    });
  }

  /** After the change, under the lock of all who are left. */
  async function assertAdminLeft(tx: SqlEntityManager, { roles: before }: UserRow): Promise<void> {
    if (before.includes(ADMIN_ROLE) && !(await hasAdmin(tx))) throw new AuthError('last_admin');
  }

  async function assertKnown(scope: SqlEntityManager, names: readonly string[]): Promise<void> {
    const known = [DEFAULT_ROLE, ...(await roles.list(scope)).map(({ name }) => name)];
    if (!names.every((name) => known.includes(name))) throw new AuthError('role_unknown');
  }

  async function record(tx: SqlEntityManager, type: AuditEventType, userId: string, { actor, origin }: Act) {
    await audit.record(tx, { type, userId, origin, ...initiatedBy(actor && initiatorOf(actor)) });
  }

  return { create, get, disable, enable, setRoles, update, remove, endSessions, sendReset };
}

function withDefault(roles: readonly string[]): string[] {
  return [...new Set([DEFAULT_ROLE, ...roles])];
}
