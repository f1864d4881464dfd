// The first tables: people, their sessions, the keys that sign for them, and what happened.
import { Migration } from '@mikro-orm/migrations';
import type { Kysely } from 'kysely';
import { type ColumnTypes, columnTypes } from './column-types.ts';

// biome-ignore lint/suspicious/noExplicitAny: a migration writes against no schema but its own
type Database = Kysely<any>;

export class Foundation extends Migration {
  override async up(): Promise<void> {
    const database: Database = this.getEntityManager().getKysely();
    const types = columnTypes(this.driver);
    await createUsers(database, types);
    await createSessions(database, types);
    await createSigningKeys(database, types);
    await createRevokedAccessTokens(database, types);
    await createAuditEvents(database, types);
  }
}

async function createUsers(database: Database, { uuid, text, json, instant }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('users')
    .addColumn('id', uuid, (column) => column.notNull().primaryKey())
    .addColumn('email', text, (column) => column.notNull())
    .addColumn('email_canonical', text, (column) => column.notNull())
    .addColumn('email_verified_at', instant)
    .addColumn('username', text)
    .addColumn('username_canonical', text)
    .addColumn('given_name', text)
    .addColumn('family_name', text)
    .addColumn('name', text)
    .addColumn('locale', text)
    .addColumn('zoneinfo', text)
    .addColumn('picture', text)
    .addColumn('roles', json, (column) => column.notNull())
    .addColumn('metadata', json, (column) => column.notNull())
    .addColumn('password_hash', text)
    .addColumn('password_changed_at', instant, (column) => column.notNull())
    .addColumn('disabled_at', instant)
    .addColumn('last_signed_in_at', instant)
    .addColumn('created_at', instant, (column) => column.notNull())
    .addColumn('updated_at', instant, (column) => column.notNull())
    .execute();
  await createIndex(database, 'users_email_canonical_unique', 'users', 'email_canonical').unique().execute();
  await createIndex(database, 'users_username_canonical_unique', 'users', 'username_canonical').unique().execute();
}

async function createSessions(database: Database, { uuid, text, json, instant, boolean }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('sessions')
    .addColumn('id', uuid, (column) => column.notNull().primaryKey())
    .addColumn('user_id', uuid, (column) => column.notNull())
    .addColumn('client_id', text, (column) => column.notNull())
    .addColumn('scope', text, (column) => column.notNull())
    .addColumn('remembered', boolean, (column) => column.notNull())
    .addColumn('generation', 'integer', (column) => column.notNull())
    .addColumn('rotated_at', instant, (column) => column.notNull())
    .addColumn('retry_key_hash', text)
    .addColumn('auth_time', instant, (column) => column.notNull())
    .addColumn('amr', json, (column) => column.notNull())
    .addColumn('created_at', instant, (column) => column.notNull())
    .addColumn('idle_expires_at', instant, (column) => column.notNull())
    .addColumn('expires_at', instant, (column) => column.notNull())
    .addColumn('ended_at', instant)
    .addColumn('end_reason', text)
    .addColumn('ip', text, (column) => column.notNull())
    .addColumn('user_agent', text)
    .execute();
  await createIndex(database, 'sessions_user_id_index', 'sessions', 'user_id').execute();
}

async function createSigningKeys(database: Database, { text, json, instant }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('signing_keys')
    .addColumn('kid', text, (column) => column.notNull().primaryKey())
    .addColumn('algorithm', text, (column) => column.notNull())
    .addColumn('public_jwk', json, (column) => column.notNull())
    .addColumn('sealed_private_jwk', text, (column) => column.notNull())
    .addColumn('created_at', instant, (column) => column.notNull())
    .addColumn('activated_at', instant)
    .addColumn('retired_at', instant)
    .addColumn('revoked_at', instant)
    .execute();
}

async function createRevokedAccessTokens(database: Database, { uuid, instant }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('revoked_access_tokens')
    .addColumn('jti', uuid, (column) => column.notNull().primaryKey())
    .addColumn('expires_at', instant, (column) => column.notNull())
    .execute();
  await createIndex(
    database,
    'revoked_access_tokens_expires_at_index',
    'revoked_access_tokens',
    'expires_at',
  ).execute();
}

async function createAuditEvents(database: Database, { uuid, text, json, instant }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('audit_events')
    .addColumn('id', uuid, (column) => column.notNull().primaryKey())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('occurred_at', instant, (column) => column.notNull())
    .addColumn('user_id', uuid)
    .addColumn('client_id', text)
    .addColumn('session_id', uuid)
    .addColumn('ip', text, (column) => column.notNull())
    .addColumn('request_id', uuid, (column) => column.notNull())
    .addColumn('details', json, (column) => column.notNull())
    .execute();
  await createIndex(database, 'audit_events_occurred_at_index', 'audit_events', 'occurred_at').execute();
  await createIndex(database, 'audit_events_user_id_index', 'audit_events', 'user_id').execute();
}

function createIndex(database: Database, name: string, table: string, column: string) {
  return database.schema.createIndex(name).on(table).column(column);
}
