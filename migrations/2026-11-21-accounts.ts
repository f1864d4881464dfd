// Mails that wait to be sent, and the codes that go out with them.
import { Migration } from '@mikro-orm/migrations';
import type { Kysely } from 'kysely';
import { type ColumnTypes, columnTypes } from './column-types.ts';

// biome-ignore lint/suspicious/noExplicitAny: a migration writes against no schema but its own
type Database = Kysely<any>;

export class Accounts extends Migration {
  override async up(): Promise<void> {
    const database: Database = this.getEntityManager().getKysely();
    const types = columnTypes(this.driver);
    await createOutboxMails(database, types);
    await createOneTimeCodes(database, types);
  }
}

async function createOutboxMails(database: Database, { uuid, text, instant }: ColumnTypes): Promise<void> {
  const table = 'outbox_mails';
  await database.schema
    .createTable(table)
    .addColumn('id', uuid, (column) => column.notNull().primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('sealed_content', text)
    .addColumn('recipient_key', text, (column) => column.notNull())
    .addColumn('dedupe_key', text)
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', instant)
    .addColumn('created_at', instant, (column) => column.notNull())
    .addColumn('sent_at', instant)
    .addColumn('dead_at', instant)
    .addColumn('last_error', text)
    .execute();
  const index = (name: string) => database.schema.createIndex(name).on(table);
  await index('outbox_mails_dedupe_key_unique').unique().column('dedupe_key').execute();
  await index('outbox_mails_next_attempt_at_index').column('next_attempt_at').execute();
  await index('outbox_mails_recipient_index').columns(['recipient_key', 'created_at']).execute();
}

async function createOneTimeCodes(database: Database, { uuid, text, instant }: ColumnTypes): Promise<void> {
  const table = 'one_time_codes';
  await database.schema
    .createTable(table)
    .addColumn('user_id', uuid, (column) => column.notNull())
    .addColumn('purpose', text, (column) => column.notNull())
    .addColumn('digest', text)
    .addColumn('mail_id', uuid, (column) => column.notNull())
    .addColumn('email', text, (column) => column.notNull())
    .addColumn('email_canonical', text, (column) => column.notNull())
    .addColumn('expires_at', instant, (column) => column.notNull())
    .addPrimaryKeyConstraint('one_time_codes_pkey', ['user_id', 'purpose'])
    .execute();
  const index = (name: string) => database.schema.createIndex(name).on(table);
  await index('one_time_codes_digest_unique').unique().column('digest').execute();
}
