// users/find-user.ts: one user, by whatever names only one.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { query, type Table } from '../platform/query.ts';
import type { User, UserRow } from './user.ts';

interface Tables {
  User: Table<typeof User>;
}

type Key = 'id' | 'emailCanonical' | 'usernameCanonical';

export async function findUserBy(tx: SqlEntityManager, key: Key, value: string): Promise<UserRow | null> {
  const row = await query<Tables>(tx).selectFrom('User').selectAll().where(key, '=', value).executeTakeFirst();
  return row ?? null;
}
