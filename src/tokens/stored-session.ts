// tokens/stored-session.ts: what the database knows of the session that a refresh token names, and of its user: one look.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { lookUp } from '../platform/look-up.ts';
import type { Query, Table } from '../platform/query.ts';
import { statement } from '../platform/statement.ts';
import type { Session, SessionState } from '../sessions/session.ts';
import type { User } from '../users/user.ts';
import type { Account } from './rotation.ts';

interface Tables {
  Session: Table<typeof Session>;
  User: Table<typeof User>;
}

export interface StoredSession {
  readonly session: SessionState;
  readonly account: Account;
  /** Of its user, as they are now. */
  readonly roles: readonly string[];
  /** The address of its user; null when there is none any more. */
  readonly email: string | null;
}

function sessions(db: Query<Tables>) {
  return db
    .selectFrom('Session as session')
    .leftJoin('User as user', 'user.id', 'session.userId')
    .select(['session.id', 'session.userId', 'session.clientId', 'session.scope', 'session.amr'])
    .select([
      'session.generation',
      'session.minGeneration',
      'session.rotatedAt',
      'session.retryKeyHash',
      'session.authTime',
      'session.createdAt',
    ])
    .select([
      'session.remembered',
      'session.idleExpiresAt',
      'session.expiresAt',
      'session.endedAt',
      'session.endReason',
    ])
    .select(['user.roles', 'user.email', 'user.disabledAt']);
}

const find = lookUp({
  one: statement((db: Query<Tables>, { id }: { id: string }) => sessions(db).where('session.id', '=', id)),
  several: statement((db: Query<Tables>, { ids }: { ids: string }) =>
    sessions(db).where('session.id', '=', sql<string>`any(${ids})`),
  ),
});

export async function findStoredSession(em: SqlEntityManager, id: string): Promise<StoredSession | null> {
  const session = await find(em, id);
  if (!session) return null;
  const { roles, email, disabledAt } = session;
  if (roles === null) return { session, account: 'deleted', roles: [], email }; // the session outlives its user
  return { session, account: disabledAt ? 'disabled' : 'active', roles, email };
}
