// admin/user-routes.ts: people, over HTTP, for those who look after them.
import { z } from 'zod';
import { Email, PersonalText, Username } from '../accounts/members.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { NextCursor, pageMembers, readPage } from '../http/paging.ts';
import { accepted, created, empty, json, noContent, ok } from '../http/reply.ts';
import type { Cursors } from '../platform/cursor.ts';
import { Text } from '../platform/text.ts';
import type { AdminScope } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';
import type { UserRow } from '../users/user.ts';
import { administratorExample, userExample } from '../users/user-examples.ts';
import { presentUser, UserWire } from '../users/user-wire.ts';
import type { Users } from '../users/users.ts';
import type { UserAdmin } from './user-admin.ts';

interface Parts {
  readonly users: Users;
  readonly userAdmin: UserAdmin;
  readonly cursors: Cursors;
  readonly allowed: (scope: AdminScope) => Guard<Actor>;
}

const { ada, grace, role } = story;

const UserPage = z
  .object({ users: z.array(UserWire), next_cursor: NextCursor })
  .meta({ id: 'UserPage', examples: [{ users: [userExample, administratorExample], next_cursor: null }] });

const ListUsers = z.strictObject({
  ...pageMembers,
  query: Text.max(320)
    .default('')
    .describe('Part of the e-mail address or of the user name.')
    .meta({ examples: ['example.com'] }),
});

const UserParams = z.object({
  user_id: z
    .uuid()
    .toLowerCase()
    .describe('The identifier of the user.')
    .meta({ examples: [ada.id] }),
});

const RoleNames = z.array(z.string().max(64)).max(100);

const CreateUser = z
  .strictObject({
    email: Email,
    preferred_username: Username.optional(),
    name: PersonalText.optional(),
    email_verified: z.boolean().default(false),
    roles: RoleNames.default([]),
  })
  .meta({
    id: 'CreateUserRequest',
    description: 'Without a password: the user chooses one by mail.',
    examples: [
      {
        email: grace.email,
        preferred_username: grace.username,
        name: grace.name,
        email_verified: true,
        roles: ['admin'],
      },
    ],
  })
  .transform(({ email, preferred_username, name, email_verified, roles }) => ({
    email,
    username: preferred_username ?? null,
    profile: { givenName: null, familyName: null, name: name ?? null, locale: null, zoneinfo: null },
    isEmailVerified: email_verified,
    roles,
    passwordHash: null,
  }));

const UpdateUser = z
  .strictObject({ roles: RoleNames.optional(), disabled: z.boolean().optional() })
  .meta({ id: 'UpdateUserRequest', description: 'What is not named stays.', examples: [{ roles: ['user', role] }] });

export function userAdminEndpoints({ users, userAdmin, cursors, allowed }: Parts): Endpoint[] {
  const common = { tag: 'Administration', limit: 'none', failures: 'problem' } as const;
  const read = { ...common, guard: allowed('users:read') };
  const write = { ...common, guard: allowed('users:write') };
  const refusals = ['user_unknown', 'insufficient_power'] as const;

  return [
    endpoint({
      ...read,
      method: 'get',
      path: '/admin/users',
      operationId: 'listUsers',
      summary: 'Users, ordered by e-mail address',
      query: ListUsers,
      replies: { 200: json('A page.', UserPage) },
      handle: async ({ query: { query: search, ...asked } }) => {
        const { rows, next_cursor } = await readPage(
          {
            cursors,
            name: 'users',
            keyOf: ({ emailCanonical }: UserRow) => emailCanonical,
            read: (after, limit) => users.list({ search, after, limit }),
          },
          asked,
        );
        return ok({ users: rows.map(presentUser), next_cursor });
      },
    }),
    endpoint({
      ...write,
      method: 'post',
      path: '/admin/users',
      operationId: 'createUser',
      summary: 'Make an account, whose owner chooses a password by mail',
      description: 'The mail is the one of a password reset. You can grant only roles whose scopes you hold yourself.',
      errors: ['email_taken', 'username_taken', 'role_unknown', 'insufficient_power'],
      body: CreateUser,
      replies: { 201: json('The user.', UserWire, { administrator: administratorExample }) },
      handle: async ({ body }, { caller: actor, origin }) => {
        const user = await userAdmin.create(body, { actor, origin });
        await userAdmin.sendReset(user, { actor, origin });
        return created(presentUser(user), `/admin/users/${user.id}`);
      },
    }),
    endpoint({
      ...read,
      method: 'get',
      path: '/admin/users/:user_id',
      operationId: 'getUser',
      summary: 'One user',
      errors: ['user_unknown'],
      params: UserParams,
      replies: { 200: json('The user.', UserWire) },
      handle: async ({ params }) => ok(presentUser(await userAdmin.get(params.user_id))),
    }),
    endpoint({
      ...write,
      method: 'patch',
      path: '/admin/users/:user_id',
      operationId: 'updateUser',
      summary: 'Change the roles of a user, disable, enable',
      description:
        'Disabling ends all sessions. Roles show at the next refresh, and at once at the endpoints of this service.',
      errors: [...refusals, 'last_admin', 'role_unknown'],
      params: UserParams,
      body: UpdateUser,
      replies: { 200: json('The user, as changed.', UserWire) },
      handle: async ({ params, body: { roles, disabled } }, { caller: actor, origin }) => {
        const user = await userAdmin.get(params.user_id);
        await userAdmin.update(user, { roles, disabled }, { actor, origin });
        return ok(presentUser(await userAdmin.get(user.id)));
      },
    }),
    endpoint({
      ...write,
      method: 'delete',
      path: '/admin/users/:user_id',
      operationId: 'deleteUser',
      summary: 'Delete an account',
      description: 'Ends all its sessions. It cannot be undone.',
      errors: [...refusals, 'last_admin'],
      params: UserParams,
      replies: { 204: empty('The account is gone.') },
      handle: async ({ params }, { caller: actor, origin }) => {
        await userAdmin.remove(await userAdmin.get(params.user_id), { actor, origin });
        return noContent();
      },
    }),
    endpoint({
      ...write,
      method: 'delete',
      path: '/admin/users/:user_id/sessions',
      operationId: 'endUserSessions',
      summary: 'Sign somebody out everywhere',
      description:
        'Their access tokens are good for nothing here any more. Other services learn of it when the tokens expire, or when they ask.',
      errors: refusals,
      params: UserParams,
      replies: { 204: empty('There are none any more.') },
      handle: async ({ params }, { caller: actor, origin }) => {
        await userAdmin.endSessions(await userAdmin.get(params.user_id), { actor, origin });
        return noContent();
      },
    }),
    endpoint({
      ...write,
      method: 'post',
      path: '/admin/users/:user_id/password-reset',
      operationId: 'sendPasswordReset',
      summary: 'Send somebody the mail to choose a new password with',
      description: 'Nobody here sets or learns a password.',
      errors: refusals,
      params: UserParams,
      replies: { 202: empty('It is on its way.') },
      handle: async ({ params }, { caller: actor, origin }) => {
        await userAdmin.sendReset(await userAdmin.get(params.user_id), { actor, origin });
        return accepted();
      },
    }),
  ];
}
