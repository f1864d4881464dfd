// clients/find-client.ts: the look-up that every call of a client begins with.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Query, Table } from '../platform/query.ts';
import { statement } from '../platform/statement.ts';
import type { RegisteredClient } from './registered-client.ts';

interface Tables {
  RegisteredClient: Table<typeof RegisteredClient>;
}

const findLive = statement((db: Query<Tables>, { id }: { id: string }) =>
  db
    .selectFrom('RegisteredClient')
    .select(['id', 'type', 'firstParty', 'grants', 'scopes', 'audiences', 'secrets', 'jwks', 'accessTokenSeconds'])
    .select(['createdAt', 'sessionsEndBefore'])
    .where('id', '=', id)
    .where('disabledAt', 'is', null),
);

/** Null for one that is unknown, disabled or deleted. */
export const findStoredClient = (em: SqlEntityManager, id: string) => findLive.first(em, { id });

export type StoredClient = NonNullable<Awaited<ReturnType<typeof findStoredClient>>>;
