// Programs that are registered, the assertions that they have used, and the roles that give people scopes.
import { Migration } from '@mikro-orm/migrations';
import type { Kysely } from 'kysely';
import { type ColumnTypes, columnTypes } from './column-types.ts';

// biome-ignore lint/suspicious/noExplicitAny: a migration writes against no schema but its own
type Database = Kysely<any>;

export class Clients extends Migration {
  override async up(): Promise<void> {
    const database: Database = this.getEntityManager().getKysely();
    const types = columnTypes(this.driver);
    await createClients(database, types);
    await createUsedAssertions(database, types);
    await createRoles(database, types);
  }
}

async function createClients(database: Database, { text, json, instant, boolean }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('clients')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('first_party', boolean, (column) => column.notNull())
    .addColumn('grants', json, (column) => column.notNull())
    .addColumn('scopes', json, (column) => column.notNull())
    .addColumn('audiences', json, (column) => column.notNull())
    .addColumn('secrets', json, (column) => column.notNull())
    .addColumn('jwks', json)
    .addColumn('cors_origins', json, (column) => column.notNull())
    .addColumn('access_token_seconds', 'integer')
    .addColumn('disabled_at', instant)
    .addColumn('created_at', instant, (column) => column.notNull())
    .addColumn('updated_at', instant, (column) => column.notNull())
    .execute();
}

async function createUsedAssertions(database: Database, { text, instant }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('used_assertions')
    .addColumn('client_id', text, (column) => column.notNull())
    .addColumn('jti_digest', text, (column) => column.notNull())
    .addColumn('expires_at', instant, (column) => column.notNull())
    .addPrimaryKeyConstraint('used_assertions_pkey', ['client_id', 'jti_digest'])
    .execute();
  await database.schema
    .createIndex('used_assertions_expires_at_index')
    .on('used_assertions')
    .column('expires_at')
    .execute();
}

async function createRoles(database: Database, { text, json, instant }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('roles')
    .addColumn('name', text, (column) => column.notNull().primaryKey())
    .addColumn('description', text, (column) => column.notNull())
    .addColumn('scopes', json, (column) => column.notNull())
    .addColumn('created_at', instant, (column) => column.notNull())
    .addColumn('updated_at', instant, (column) => column.notNull())
    .execute();
}
