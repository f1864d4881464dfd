// What the sweeper needs: a lease, so that one instance sweeps at a time, and indexes by which it finds what is over; and
// one for those who search for users.
import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.ts';

export class Upkeep extends Migration {
  override async up(): Promise<void> {
    const { text, instant } = columnTypes(this.driver);
    const { schema } = this.getEntityManager().getKysely();
    await schema
      .createTable('leases')
      .addColumn('name', text, (column) => column.notNull().primaryKey())
      .addColumn('held_until', instant, (column) => column.notNull())
      .execute();
    await schema.createIndex('sessions_expires_at_index').on('sessions').column('expires_at').execute();
    await schema.createIndex('one_time_codes_expires_at_index').on('one_time_codes').column('expires_at').execute();
    await schema
      .createIndex('users_search_index')
      .on('users')
      .columns(['email_canonical', 'username_canonical'])
      .execute();
    await schema.dropIndex('outbox_mails_next_attempt_at_index').execute();
    await schema
      .createIndex('outbox_mails_next_attempt_at_index')
      .on('outbox_mails')
      .columns(['next_attempt_at', 'created_at'])
      .execute();
  }
}
