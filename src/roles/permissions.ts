// roles/permissions.ts: THE function that decides who may grant which scopes: for users, roles, clients, import and CLI.
import { adminScopes } from './roles.ts';

/** What an actor holds and may therefore grant. */
export interface Permissions {
  readonly scopes: ReadonlySet<string>;
  /** Whether the actor may grant application scopes without holding them. Administrative scopes must always be held. */
  readonly grantsApplicationScopes: boolean;
}

const administrative: ReadonlySet<string> = new Set(adminScopes);

/** An operator with access to the database may grant everything. */
export const operatorPermissions: Permissions = { scopes: administrative, grantsApplicationScopes: true };

/** An import grants no administrative scope, except through the roles that the operator names. */
export const importPermissions: Permissions = { scopes: new Set(), grantsApplicationScopes: true };

/** Of these scopes, the ones that the actor may not grant. Acting on an account, a role or a client follows the same rule. */
export function scopesBeyond({ scopes, grantsApplicationScopes }: Permissions, wanted: Iterable<string>): string[] {
  const mayGrant = (scope: string) => scopes.has(scope) || (grantsApplicationScopes && !administrative.has(scope));
  return [...new Set(wanted)].filter((scope) => !mayGrant(scope));
}

export function administrativeOnly(scopes: Iterable<string>): string[] {
  return [...scopes].filter((scope) => administrative.has(scope));
}

/** Whether a space-separated scope holds an administrative one. */
export function isAdministrative(scope: string): boolean {
  return scope.split(' ').some((one) => administrative.has(one));
}
