// users/administrators.ts: those who may do everything, of whom one has to stay.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { query, type Table } from '../platform/query.ts';
import type { User } from './user.ts';

interface Tables {
  User: Table<typeof User>;
}

/** Roles are a JSON list of names without quotes in them, written out alike on both databases. */
const IS_ADMIN = '%"admin"%';
const isAdmin = sql<boolean>`cast(roles as text) like ${IS_ADMIN}`;

/** Until the transaction is over, no other one changes an administrator: two cannot put each other out at once. */
export async function lockAdmins(tx: SqlEntityManager): Promise<void> {
  await tx.execute('update users set updated_at = updated_at where cast(roles as text) like ?', [IS_ADMIN]);
}

/** Whether somebody is an administrator and can sign in. */
export async function hasAdmin(tx: SqlEntityManager): Promise<boolean> {
  const row = await query<Tables>(tx)
    .selectFrom('User')
    .select('id')
    .where(isAdmin)
    .where('disabledAt', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
