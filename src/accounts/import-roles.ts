// accounts/import-roles.ts: which roles an import may grant, and how many users got each.
import { OperatorError } from '../errors.ts';
import { administrativeOnly, importPermissions, scopesBeyond } from '../roles/permissions.ts';
import type { NewRole } from '../roles/roles.ts';
import { DEFAULT_ROLE } from '../users/users.ts';

export interface GrantedRole {
  readonly role: string;
  readonly users: number;
  /** The administrative ones among the scopes that the role gives. */
  readonly administrativeScopes: readonly string[];
}

/** What is wrong with the roles of a line; null if the import may grant them. */
export type RoleFault = (roles: readonly string[]) => string | null;

/** Scopes by the name of the role. The default role exists even if it has no scopes. */
export type KnownRoles = ReadonlyMap<string, readonly string[]>;

export function knownRoles(roles: readonly NewRole[]): KnownRoles {
  return new Map([[DEFAULT_ROLE, []], ...roles.map(({ name, scopes }) => [name, scopes] as const)]);
}

export function assertKnownRoles(known: KnownRoles, names: readonly string[]): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new OperatorError(`There is no role ${unknown}.`);
}

/** A role with administrative scopes is granted only if the operator has named it. */
export function createRoleFault(known: KnownRoles, allowed: readonly string[]): RoleFault {
  function faultOf(role: string): string | null {
    const scopes = known.get(role);
    if (!scopes) return `roles: There is no role ${role}.`;
    if (allowed.includes(role) || scopesBeyond(importPermissions, scopes).length === 0) return null;
    return `roles: The role ${role} gives administrative scopes. To grant it, use --allow-role ${role}.`;
  }

  return (roles) => {
    for (const role of [DEFAULT_ROLE, ...roles]) {
      const fault = faultOf(role);
      if (fault !== null) return fault;
    }
    return null;
  };
}

/** Counts users by role. The role of every user is left out, unless it gives administrative scopes. */
export function createGrantCount() {
  const users = new Map<string, number>();

  function add(roles: readonly string[]): void {
    for (const role of new Set([DEFAULT_ROLE, ...roles])) users.set(role, (users.get(role) ?? 0) + 1);
  }

  function list(known: KnownRoles): GrantedRole[] {
    const granted = [...users].map(([role, count]) => {
      return { role, users: count, administrativeScopes: administrativeOnly(known.get(role) ?? []) };
    });
    return granted.filter(({ role, administrativeScopes: { length } }) => role !== DEFAULT_ROLE || length > 0);
  }

  return { add, list };
}
