import { describe, expect, test } from 'vitest';
import { importPermissions, operatorPermissions, type Permissions, scopesBeyond } from '../../src/roles/permissions.ts';
import { adminScopes } from '../../src/roles/roles.ts';

const holding = (grantsApplicationScopes: boolean, ...scopes: string[]): Permissions => ({
  scopes: new Set(scopes),
  grantsApplicationScopes,
});

const support = holding(false, 'users:read', 'users:write');
const approver = holding(false, 'users:write', 'payments:approve');
const administrator = holding(true, ...adminScopes);
const narrowed = holding(true, 'users:write');
const nothing = holding(false);

/** Who grants, what, and what of it is refused. */
const table: [who: string, Permissions, wanted: readonly string[], beyond: readonly string[]][] = [
  ['a support agent, what it holds', support, ['users:write'], []],
  ['a support agent, nothing', support, [], []],
  ['a support agent, another administrative scope', support, ['users:write', 'keys:write'], ['keys:write']],
  ['a support agent, an application scope', support, ['payments:approve'], ['payments:approve']],
  ['a support agent, introspection', support, ['tokens:introspect'], ['tokens:introspect']],
  ['a holder of an application scope, that scope', approver, ['payments:approve'], []],
  ['a holder of an application scope, another one', approver, ['payments:reject'], ['payments:reject']],
  ['an administrator, every administrative scope', administrator, adminScopes, []],
  ['an administrator, application scopes', administrator, ['payments:approve', 'tokens:introspect'], []],
  ['an administrator with a narrowed token, a scope outside it', narrowed, ['audit:read'], ['audit:read']],
  ['an administrator with a narrowed token, an application scope', narrowed, ['payments:approve'], []],
  ['an actor with nothing, anything', nothing, ['a', 'users:read'], ['a', 'users:read']],
  ['an operator, everything', operatorPermissions, [...adminScopes, 'payments:approve'], []],
  ['an import, application scopes', importPermissions, ['payments:approve', 'tokens:introspect'], []],
  ['an import, administrative scopes', importPermissions, ['payments:approve', 'users:read'], ['users:read']],
  ['a scope that looks like one', support, ['users:writer', 'USERS:WRITE'], ['users:writer', 'USERS:WRITE']],
  ['a scope that is named twice', support, ['keys:read', 'keys:read'], ['keys:read']],
];

describe('scopesBeyond', () => {
  test.each(table)('permissions: %s', (_, permissions, wanted, beyond) => {
    expect(scopesBeyond(permissions, wanted)).toEqual(beyond);
  });
});
