// admin/client-routes.ts: programs, over HTTP, for those who look after them.
import { z } from 'zod';
import { clientExample } from '../clients/client-examples.ts';
import { ClientWire, presentClient } from '../clients/client-wire.ts';
import type { Clients } from '../clients/clients.ts';
import type { RegisteredClientRow } from '../clients/registered-client.ts';
import { Audience, ClientName, ClientRegistrationRequest, CorsOrigin, ScopeToken } from '../clients/registration.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { NextCursor, pageMembers, readPage } from '../http/paging.ts';
import { created, empty, json, noContent, ok } from '../http/reply.ts';
import type { Cursors } from '../platform/cursor.ts';
import { Text } from '../platform/text.ts';
import type { AdminScope } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';
import type { ClientAdmin } from './client-admin.ts';

interface Parts {
  readonly clients: Clients;
  readonly clientAdmin: ClientAdmin;
  readonly cursors: Cursors;
  readonly allowed: (scope: AdminScope) => Guard<Actor>;
}

const { reports, scope, audience } = story;

const ClientPage = z
  .object({ clients: z.array(ClientWire), next_cursor: NextCursor })
  .meta({ id: 'ClientPage', examples: [{ clients: [clientExample], next_cursor: null }] });

const ClientParams = z.object({
  client_id: Text.max(64)
    .describe('The identifier of the client.')
    .meta({ examples: [reports.id] }),
});

const ClientSecret = z.string().describe('Shown this once; only a digest of it is kept.');

const RegisteredClientAnswer = z
  .object({
    client: ClientWire,
    client_secret: ClientSecret.nullable().describe('null for a client without a secret.'),
  })
  .meta({ id: 'RegisteredClient', examples: [{ client: clientExample, client_secret: reports.secret }] });

const NewSecret = z
  .object({ client_secret: ClientSecret })
  .meta({ id: 'NewClientSecret', examples: [{ client_secret: reports.newSecret }] });

const UpdateClient = z
  .strictObject({
    name: ClientName.optional(),
    scopes: z.array(ScopeToken).max(100).optional(),
    audiences: z.array(Audience).max(20).optional(),
    cors_origins: z.array(CorsOrigin).max(20).optional(),
    disabled: z.boolean().optional(),
  })
  .meta({
    id: 'UpdateClientRequest',
    description: 'What is not named stays.',
    examples: [{ scopes: [scope], audiences: [audience] }],
  })
  .transform(({ cors_origins: corsOrigins, ...changes }) =>
    Object.fromEntries(Object.entries({ ...changes, corsOrigins }).filter(([, value]) => value !== undefined)),
  );

export function clientAdminEndpoints({ clients, clientAdmin, cursors, allowed }: Parts): Endpoint[] {
  const common = { tag: 'Administration', limit: 'none', failures: 'problem' } as const;
  const read = { ...common, guard: allowed('clients:read') };
  const write = { ...common, guard: allowed('clients:write') };
  const refusals = ['client_unknown', 'insufficient_power'] as const;

  return [
    endpoint({
      ...read,
      method: 'get',
      path: '/admin/clients',
      operationId: 'listClients',
      summary: 'Registered clients, by identifier',
      query: z.strictObject(pageMembers),
      replies: { 200: json('A page.', ClientPage) },
      handle: async ({ query }) => {
        const order = { cursors, name: 'clients', keyOf: ({ id }: RegisteredClientRow) => id, read: clients.list };
        const { rows, next_cursor } = await readPage(order, query);
        return ok({ clients: rows.map(presentClient), next_cursor });
      },
    }),
    endpoint({
      ...write,
      method: 'post',
      path: '/admin/clients',
      operationId: 'registerClient',
      summary: 'Register a client',
      description:
        'This answer alone has the secret. A public client has none, nor has one that is registered with keys.',
      errors: ['client_taken', 'insufficient_power'],
      body: ClientRegistrationRequest,
      replies: { 201: json('The client, and its secret.', RegisteredClientAnswer) },
      handle: async ({ body }, { caller: actor, origin }) => {
        const { client, secret } = await clientAdmin.register(body, { actor, origin });
        return created({ client: presentClient(client), client_secret: secret }, `/admin/clients/${client.id}`);
      },
    }),
    endpoint({
      ...read,
      method: 'get',
      path: '/admin/clients/:client_id',
      operationId: 'getClient',
      summary: 'One client',
      errors: ['client_unknown'],
      params: ClientParams,
      replies: { 200: json('The client.', ClientWire) },
      handle: async ({ params }) => ok(presentClient(await clientAdmin.get(params.client_id))),
    }),
    endpoint({
      ...write,
      method: 'patch',
      path: '/admin/clients/:client_id',
      operationId: 'updateClient',
      summary: 'Change what a client may ask for, disable, enable',
      description:
        'Disabling ends all its sessions, and enabling does not bring them back. Its access tokens are refused while it is disabled.',
      errors: refusals,
      params: ClientParams,
      body: UpdateClient,
      replies: { 200: json('The client, as changed.', ClientWire) },
      handle: async ({ params, body }, { caller: actor, origin }) =>
        ok(presentClient(await clientAdmin.change(params.client_id, body, { actor, origin }))),
    }),
    endpoint({
      ...write,
      method: 'delete',
      path: '/admin/clients/:client_id',
      operationId: 'deleteClient',
      summary: 'Delete a client',
      description:
        'Ends all its sessions. If they are many, its identifier stays taken until they have ended. A client that is registered under it later inherits nothing.',
      errors: refusals,
      params: ClientParams,
      replies: { 204: empty('It is gone.') },
      handle: async ({ params }, { caller: actor, origin }) => {
        await clientAdmin.remove(params.client_id, { actor, origin });
        return noContent();
      },
    }),
    endpoint({
      ...write,
      method: 'post',
      path: '/admin/clients/:client_id/secrets',
      operationId: 'addClientSecret',
      summary: 'Add a client secret; the one before it stays good',
      description: 'Two are good at the same time, so that a client can change over. An older one than these goes.',
      errors: [...refusals, 'unauthorized_client'],
      params: ClientParams,
      replies: { 201: json('The secret.', NewSecret) },
      handle: async ({ params }, { caller: actor, origin }) => {
        const client_secret = await clientAdmin.addSecret(params.client_id, { actor, origin });
        return created({ client_secret }, `/admin/clients/${params.client_id}`);
      },
    }),
    endpoint({
      ...write,
      method: 'delete',
      path: '/admin/clients/:client_id/secrets',
      operationId: 'dropOldClientSecrets',
      summary: 'Drop the older client secret; only the newest stays good',
      errors: refusals,
      params: ClientParams,
      replies: { 204: empty('The older one is good for nothing any more.') },
      handle: async ({ params }, { caller: actor, origin }) => {
        await clientAdmin.dropOldSecrets(params.client_id, { actor, origin });
        return noContent();
      },
    }),
  ];
}
