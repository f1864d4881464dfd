// A password that too many have tried.
import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.ts';

export class Throttles extends Migration {
  override async up(): Promise<void> {
    const { instant } = columnTypes(this.driver);
    const { schema } = this.getEntityManager().getKysely();
    await schema.alterTable('users').addColumn('password_locked_at', instant).execute();
  }
}
