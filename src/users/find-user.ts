// users/find-user.ts: one user, by whatever names only one.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Query, Table } from '../platform/query.ts';
import { statement } from '../platform/statement.ts';
import type { User, UserRow } from './user.ts';

interface Tables {
  User: Table<typeof User>;
}

type Key = 'id' | 'emailCanonical' | 'usernameCanonical';

const finders = {
  id: findBy('id'),
  emailCanonical: findBy('emailCanonical'),
  usernameCanonical: findBy('usernameCanonical'),
};

function findBy(key: Key) {
  return statement((db: Query<Tables>, { value }: { value: string }) =>
    db.selectFrom('User').selectAll().where(key, '=', value),
  );
}

export async function findUserBy(tx: SqlEntityManager, key: Key, value: string): Promise<UserRow | null> {
  return finders[key].first(tx, { value });
}
