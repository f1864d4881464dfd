// admin/role-admin.ts: what administrators do to roles.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditEventType } from '../audit/audit-event.ts';
import { type AuditLog, initiatedBy } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import type { NewRole, Roles } from '../roles/roles.ts';
import { type Act, initiatorOf, type Powers } from './powers.ts';

interface Parts {
  readonly roles: Roles;
  readonly powers: Powers;
  readonly audit: AuditLog;
}

export type RoleAdmin = ReturnType<typeof createRoleAdmin>;

/** Every act throws `insufficient_power` if the role, before or after it, gives a scope that the actor lacks. */
export function createRoleAdmin({ roles, powers, audit }: Parts) {
  /** Throws `role_taken`. */
  async function create(role: NewRole, act: Act): Promise<void> {
    await perform('role.created', role.name, act, async (tx) => {
      await powers.assertWithin(tx, act, role.scopes);
      if (await roles.find(tx, role.name)) throw new AuthError('role_taken');
      await roles.create(tx, role);
    }).catch((error: unknown) => {
      throw error instanceof UniqueConstraintViolationException ? new AuthError('role_taken') : error;
    });
  }

  /** Throws `not_found`, also for the built-in role. */
  async function change(name: string, changes: Partial<Omit<NewRole, 'name'>>, act: Act): Promise<void> {
    await perform('role.changed', name, act, async (tx) => {
      const before = (await roles.find(tx, name))?.scopes ?? [];
      await powers.assertWithin(tx, act, [...before, ...(changes.scopes ?? [])]);
      if (!(await roles.change(tx, name, changes))) throw new AuthError('not_found');
    });
  }

  /** Throws `not_found`, also for the built-in role. */
  async function remove(name: string, act: Act): Promise<void> {
    await perform('role.deleted', name, act, async (tx) => {
      await powers.assertWithin(tx, act, (await roles.find(tx, name))?.scopes ?? []);
      if (!(await roles.remove(tx, name))) throw new AuthError('not_found');
    });
  }

  function perform(type: AuditEventType, role: string, act: Act, work: (tx: SqlEntityManager) => Promise<void>) {
    return powers.perform(act, { act: type }, async (tx) => {
      await work(tx);
      const { actor, origin } = act;
      await audit.record(tx, { type, origin, ...initiatedBy(actor && initiatorOf(actor), { role }) });
    });
  }

  return { create, change, remove };
}
