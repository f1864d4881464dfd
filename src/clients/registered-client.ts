// clients/registered-client.ts: the table of clients.
import { defineEntity, p } from '@mikro-orm/core';
import type { JSONWebKeySet } from 'jose';
import type { Row } from '../platform/query.ts';
import type { ClientType, GrantType } from './client.ts';

export interface ClientSecret {
  readonly digest: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

export const RegisteredClient = defineEntity({
  name: 'RegisteredClient',
  tableName: 'clients',
  properties: {
    /** Never in the form of a user's, so that one cannot be taken for the other in `sub`. */
    id: p.text().primary(),
    name: p.text(),
    type: p.text().$type<ClientType>(),
    firstParty: p.boolean(),
    grants: p.json<GrantType[]>(),
    scopes: p.json<string[]>(),
    /** Empty: the audience that the deployment has for everybody. */
    audiences: p.json<string[]>(),
    secrets: p.json<ClientSecret[]>(),
    jwks: p.json<JSONWebKeySet>().nullable(),
    corsOrigins: p.json<string[]>(),
    accessTokenSeconds: p.integer().nullable(),
    disabledAt: p.datetime(3).nullable(),
    /** Sessions that began before this instant are dead, and their rows are being ended; null if none are left. */
    sessionsEndBefore: p.datetime(3).nullable(),
    /** The row stays until the sessions of the client have ended. */
    deletedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

export type RegisteredClientRow = Row<typeof RegisteredClient>;
