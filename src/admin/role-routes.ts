// admin/role-routes.ts: roles, over HTTP.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { z } from 'zod';
import { ScopeToken } from '../clients/registration.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { created, empty, json, noContent, ok } from '../http/reply.ts';
import { Text } from '../platform/text.ts';
import { type AdminScope, administrators, type NewRole, type Roles } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';
import type { RoleAdmin } from './role-admin.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly roles: Roles;
  readonly roleAdmin: RoleAdmin;
  readonly allowed: (scope: AdminScope) => Guard<Actor>;
}

const roleExample = { name: story.role, description: 'Looks at orders', scopes: [story.scope] };

const RoleWire = z.object({ name: z.string(), description: z.string(), scopes: z.array(z.string()) }).meta({
  id: 'Role',
  description: 'What people may do. `user` is everybody’s; `admin` is built in.',
  examples: [roleExample],
});

const RoleList = z
  .object({ roles: z.array(RoleWire) })
  .meta({ id: 'RoleList', examples: [{ roles: [administrators, roleExample] }] });

const Description = Text.max(500);
const Scopes = z.array(ScopeToken).max(100);

const CreateRole = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/),
    description: Description.default(''),
    scopes: Scopes.default([]),
  })
  .meta({ id: 'CreateRoleRequest', examples: [roleExample] });

const UpdateRole = z
  .strictObject({ description: Description.optional(), scopes: Scopes.optional() })
  .meta({
    id: 'UpdateRoleRequest',
    description: 'What is not named stays.',
    examples: [{ scopes: roleExample.scopes }],
  })
  .transform(({ description, scopes }) => ({
    ...(description !== undefined && { description }),
    ...(scopes && { scopes }),
  }));

const RoleParams = z.object({
  role: Text.max(64)
    .describe('The name of the role.')
    .meta({ examples: [roleExample.name] }),
});

function presentRole({ name, description, scopes }: NewRole): z.input<typeof RoleWire> {
  return { name, description, scopes: [...scopes] };
}

export function roleAdminEndpoints({ em, roles, roleAdmin, allowed }: Parts): Endpoint[] {
  const common = { tag: 'Administration', limit: 'none', failures: 'problem' } as const;
  const read = { ...common, guard: allowed('roles:read') };
  const write = { ...common, guard: allowed('roles:write') };

  return [
    endpoint({
      ...read,
      method: 'get',
      path: '/admin/roles',
      operationId: 'listRoles',
      summary: 'All roles',
      replies: { 200: json('The roles.', RoleList) },
      handle: async () => ok({ roles: (await roles.list(em)).map(presentRole) }),
    }),
    endpoint({
      ...write,
      method: 'post',
      path: '/admin/roles',
      operationId: 'createRole',
      summary: 'Make a role',
      description: 'One that is called `user` gives its scopes to everybody.',
      errors: ['role_taken', 'insufficient_power'],
      body: CreateRole,
      replies: { 201: json('The role.', RoleWire) },
      handle: async ({ body }, { caller: actor, origin }) => {
        await roleAdmin.create(body, { actor, origin });
        return created(body, '/admin/roles');
      },
    }),
    endpoint({
      ...write,
      method: 'patch',
      path: '/admin/roles/:role',
      operationId: 'updateRole',
      summary: 'Change what a role gives',
      description: 'Shows in tokens at the next refresh, and at once at the endpoints of this service.',
      errors: ['not_found', 'insufficient_power'],
      params: RoleParams,
      body: UpdateRole,
      replies: { 204: empty('The role is changed.') },
      handle: async ({ params, body }, { caller: actor, origin }) => {
        await roleAdmin.change(params.role, body, { actor, origin });
        return noContent();
      },
    }),
    endpoint({
      ...write,
      method: 'delete',
      path: '/admin/roles/:role',
      operationId: 'deleteRole',
      summary: 'Delete a role',
      description: 'Whoever has it has nothing by it any more.',
      errors: ['not_found', 'insufficient_power'],
      params: RoleParams,
      replies: { 204: empty('It is gone.') },
      handle: async ({ params }, { caller: actor, origin }) => {
        await roleAdmin.remove(params.role, { actor, origin });
        return noContent();
      },
    }),
  ];
}
