// clients/client-wire.ts: clients as they appear on the wire: everything but their secrets.
import { z } from 'zod';
import { clientTypes, grantTypes } from './client.ts';
import { clientExample } from './client-examples.ts';
import type { RegisteredClientRow } from './registered-client.ts';
import { ClientJwks } from './registration.ts';

export const ClientWire = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(clientTypes),
    first_party: z.boolean().describe('Whether people may type their password into it.'),
    grants: z.array(z.enum(grantTypes).describe('More may be added.')),
    scopes: z.array(z.string()).describe('What it may ask for.'),
    audiences: z.array(z.string()).describe('Empty: the audience of the deployment.'),
    cors_origins: z.array(z.string()).describe('Whose pages may call.'),
    jwks: ClientJwks.nullable(),
    access_token_seconds: z.int().nullable().describe('Life of its access tokens; null: that of the deployment.'),
    secrets_since: z.array(z.iso.datetime()).describe('When each of its secrets was made, newest first.'),
    disabled: z.boolean(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Client', examples: [clientExample] });

export function presentClient(row: RegisteredClientRow): z.input<typeof ClientWire> {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    first_party: row.firstParty,
    grants: row.grants,
    scopes: row.scopes,
    audiences: row.audiences,
    cors_origins: row.corsOrigins,
    jwks: row.jwks && ClientJwks.parse(row.jwks),
    access_token_seconds: row.accessTokenSeconds,
    secrets_since: row.secrets.map(({ createdAt }) => createdAt),
    disabled: row.disabledAt !== null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
