// Columns and indexes that bound what one user, one client or one mailbox can cost.
import { Migration } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { columnTypes } from './column-types.ts';

export class Hardening extends Migration {
  override async up(): Promise<void> {
    const { text, instant } = columnTypes(this.driver);
    const { schema } = this.getEntityManager().getKysely();

    await schema
      .alterTable('sessions')
      .addColumn('min_generation', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await schema.dropIndex('sessions_user_id_index').execute();
    await schema.createIndex('sessions_user_index').on('sessions').columns(['user_id', 'id']).execute();
    await schema
      .createIndex('sessions_live_index')
      .on('sessions')
      .columns(['user_id', 'id'])
      .where(sql.ref('ended_at'), 'is', null)
      .execute();
    await schema
      .createIndex('sessions_live_by_client_index')
      .on('sessions')
      .columns(['client_id', 'id'])
      .where(sql.ref('ended_at'), 'is', null)
      .execute();

    await schema.alterTable('clients').addColumn('sessions_end_before', instant).execute();
    await schema.alterTable('clients').addColumn('deleted_at', instant).execute();

    await schema.alterTable('one_time_codes').addColumn('seed', text).execute();
    await schema.alterTable('one_time_codes').addColumn('used_at', instant).execute();

    await schema
      .alterTable('outbox_mails')
      .addColumn('priority', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await schema.dropIndex('outbox_mails_next_attempt_at_index').execute();
    await schema
      .createIndex('outbox_mails_waiting_index')
      .on('outbox_mails')
      .columns(['priority', 'next_attempt_at', 'recipient_key', 'created_at'])
      .where(sql.ref('next_attempt_at'), 'is not', null)
      .execute();

    await schema.dropIndex('audit_events_user_id_index').execute();
    await schema.createIndex('audit_events_user_index').on('audit_events').columns(['user_id', 'id']).execute();
  }
}
