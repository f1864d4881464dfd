// clients/find-client.ts: the look-up that every call of a client begins with. Without the ORM's conversions, which cost
// more than the query, and only where there is a row: their time would tell which clients there are.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { RegisteredClientRow } from './registered-client.ts';

export type StoredClient = Pick<
  RegisteredClientRow,
  'id' | 'type' | 'firstParty' | 'grants' | 'scopes' | 'audiences' | 'secrets' | 'jwks' | 'accessTokenSeconds'
>;

/** SQLite has text for JSON and a number for a boolean; PostgreSQL has both. */
interface Tables {
  clients: {
    id: string;
    type: StoredClient['type'];
    first_party: boolean | number;
    grants: Json<StoredClient['grants']>;
    scopes: Json<StoredClient['scopes']>;
    audiences: Json<StoredClient['audiences']>;
    secrets: Json<StoredClient['secrets']>;
    jwks: Json<StoredClient['jwks']>;
    access_token_seconds: number | null;
    disabled_at: unknown;
  };
}

type Json<Value> = string | Value;

/** Null for one that is unknown, and for one that is disabled. */
export async function findStoredClient(em: SqlEntityManager, id: string): Promise<StoredClient | null> {
  const row = await em
    .getKysely<Tables>()
    .selectFrom('clients')
    .selectAll()
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    type: row.type,
    firstParty: Boolean(row.first_party),
    grants: read(row.grants),
    scopes: read(row.scopes),
    audiences: read(row.audiences),
    secrets: read(row.secrets),
    jwks: read(row.jwks),
    accessTokenSeconds: row.access_token_seconds,
  };
}

/** As it was written: by us, in the same form. */
function read<Value>(stored: Json<Value>): Value {
  return typeof stored === 'string' ? JSON.parse(stored) : stored;
}
