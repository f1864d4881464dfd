// roles/roles.ts: from the roles of a user to the scopes that they give.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { Role } from './role.ts';

interface Tables {
  Role: Table<typeof Role>;
}

/** What whoever looks after the deployment may be allowed to do. */
export const adminScopes = [
  'users:read',
  'users:write',
  'clients:read',
  'clients:write',
  'roles:read',
  'roles:write',
  'keys:read',
  'keys:write',
  'audit:read',
] as const;

export type AdminScope = (typeof adminScopes)[number];

/** There without being made, and always the same. */
export const ADMIN_ROLE = 'admin';

export const administrators: NewRole = {
  name: ADMIN_ROLE,
  description: 'Looks after the deployment. Built in.',
  scopes: adminScopes,
};

export type Roles = ReturnType<typeof createRoles>;

export interface NewRole {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
}

export function createRoles({ now }: { now: Clock }) {
  /** Fails with a unique violation when there is one of that name. */
  async function create(tx: SqlEntityManager, { name, description, scopes }: NewRole): Promise<void> {
    const at = now();
    await tx.insert(Role, { name, description, scopes: [...scopes], createdAt: at, updatedAt: at });
  }

  async function find(tx: SqlEntityManager, name: string): Promise<NewRole | null> {
    return (await list(tx)).find((role) => role.name === name) ?? null;
  }

  /** False when there is none of that name; the built-in one is always the same. */
  async function change(tx: SqlEntityManager, name: string, changes: Partial<Omit<NewRole, 'name'>>): Promise<boolean> {
    const { scopes, ...rest } = changes;
    const columns = { ...rest, ...(scopes && { scopes: [...scopes] }), updatedAt: now() };
    return (await tx.nativeUpdate(Role, { name }, columns)) === 1;
  }

  /** Whoever has it keeps its name, which gives nothing any more. */
  async function remove(tx: SqlEntityManager, name: string): Promise<boolean> {
    return (await tx.nativeDelete(Role, { name })) === 1;
  }

  async function list(tx: SqlEntityManager): Promise<NewRole[]> {
    const rows = await query<Tables>(tx).selectFrom('Role').selectAll().orderBy('name').execute();
    return [administrators, ...rows];
  }

  /** The scopes that any of the roles gives, as the database has it now. A role that is not there gives none. */
  async function scopesOf(tx: SqlEntityManager, names: readonly string[]): Promise<ReadonlySet<string>> {
    if (names.length === 0) return new Set(); // an empty list is no SQL
    const rows = await query<Tables>(tx).selectFrom('Role').select('scopes').where('name', 'in', names).execute();
    const own = names.includes(ADMIN_ROLE) ? adminScopes : [];
    return new Set([...own, ...rows.flatMap(({ scopes }) => scopes)]);
  }

  /** Every scope that some role gives. */
  async function allScopes(tx: SqlEntityManager): Promise<string[]> {
    const rows = await query<Tables>(tx).selectFrom('Role').select('scopes').execute();
    return [...new Set([...adminScopes, ...rows.flatMap(({ scopes }) => scopes)])];
  }

  return { create, find, change, remove, list, scopesOf, allScopes };
}
