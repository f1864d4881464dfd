// sessions/session-queries.ts: the SQL of sessions. A user can have very many ended ones, so that every statement here reads
// an index in its order and stops; test/sessions/session-plans.test.ts checks the plans on both databases.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { type Query, query, type Table } from '../platform/query.ts';
import { insertion, statement } from '../platform/statement.ts';
import { Session, type SessionRow } from './session.ts';

export interface Tables {
  Session: Table<typeof Session>;
}

/** Rows that one statement ends or deletes at most. */
export const BATCH = 500;
/** Ended sessions of one user that stay, to say why they ended. */
const KEPT_ENDED = 100;
/** SQLite has no offset without a limit. */
const ALL = 2 ** 31 - 1;

export const insertSession = insertion(Session);

export const findById = statement((db: Query<Tables>, { id }: { id: string }) =>
  db.selectFrom('Session').selectAll().where('id', '=', id),
);

interface Swap extends Turned {
  readonly id: string;
  readonly seen: number;
}

/** What a move to another generation changes. */
export type Turned = Pick<SessionRow, 'generation' | 'minGeneration' | 'rotatedAt' | 'retryKeyHash' | 'idleExpiresAt'>;

export const compareAndSwap = statement(
  (db: Query<Tables>, { id, seen, generation, minGeneration, rotatedAt, retryKeyHash, idleExpiresAt }: Swap) =>
    db
      .updateTable('Session')
      .set({ generation, minGeneration, rotatedAt, retryKeyHash, idleExpiresAt })
      .where('id', '=', id)
      .where('generation', '=', seen)
      .where('endedAt', 'is', null),
);

export const setEnd = statement(
  (db: Query<Tables>, { id, endedAt, endReason }: Pick<SessionRow, 'id' | 'endedAt' | 'endReason'>) =>
    db.updateTable('Session').set({ endedAt, endReason }).where('id', '=', id).where('endedAt', 'is', null),
);

interface LivePage {
  readonly userId: string;
  readonly at: Date;
  /** Only older ones than this. */
  readonly before: string;
  readonly limit: number;
}

/** The sessions of a user that have neither ended nor expired, newest first. */
export const findLive = statement((db: Query<Tables>, { userId, at, before, limit }: LivePage) =>
  unendedOf(db, userId).where('id', '<', before).where('idleExpiresAt', '>', at).orderBy('id', 'desc').limit(limit),
);

/** The sessions of a user that have not ended, whatever the clock says of their expiry. */
export const findUnended = statement((db: Query<Tables>, { userId, after }: { userId: string; after: string }) =>
  unendedOf(db, userId).where('id', '>', after).orderBy('id').limit(BATCH),
);

interface Surplus {
  readonly userId: string;
  readonly at: Date;
  readonly keep: number;
}

/**
 * The sessions that remain when the newest are kept. Expired ones come first to their end: otherwise they would pile up, or
 * push out older ones that live. So a user never has more sessions without an end than may live at once.
 */
export const findSurplus = statement((db: Query<Tables>, { userId, at, keep }: Surplus) =>
  unendedOf(db, userId)
    .orderBy((eb) => eb('idleExpiresAt', '>', at), 'desc')
    .orderBy('id', 'desc')
    .limit(ALL)
    .offset(keep),
);

/** Of the ended sessions of a user, those beyond the newest. A long backlog goes a batch at a time, so that it delays nothing. */
const findExcess = statement((db: Query<Tables>, { userId }: { userId: string }) =>
  db
    .selectFrom('Session')
    .select('id')
    .where('userId', '=', userId)
    .where('endedAt', 'is not', null)
    .orderBy('id', 'desc')
    .limit(BATCH)
    .offset(KEPT_ENDED),
);

/**
 * Deletes ended sessions of a user, except for the newest. By identifier and not by range, which PostgreSQL would look for
 * among the sessions of all users; it locks them in the order of the index, so that two of these cannot deadlock.
 */
export async function pruneEnded(tx: SqlEntityManager, userId: string): Promise<void> {
  const ids = (await findExcess.all(tx, { userId })).map(({ id }) => id);
  if (ids.length > 0) await query<Tables>(tx).deleteFrom('Session').where('id', 'in', ids).execute();
}

function unendedOf(db: Query<Tables>, userId: string) {
  return db.selectFrom('Session').selectAll().where('userId', '=', userId).where('endedAt', 'is', null);
}
