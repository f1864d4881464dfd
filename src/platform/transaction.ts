// platform/transaction.ts: a unit of work, done whole or not at all.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { errorCode } from './database-errors.ts';

const ATTEMPTS = 4;

/**
 * PostgreSQL has rolled the transaction back for the sake of another (serialization_failure, deadlock_detected), or because
 * a table has changed since a statement was prepared (feature_not_supported): nothing of it has happened, and the remedy
 * is to run it again. https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 */
const SACRIFICED = /^(40001|40P01|0A000)$/;

export type Work<Result> = (tx: SqlEntityManager) => Promise<Result>;

/**
 * Runs the work in a transaction of its own. The work may be run several times, of which one counts: whatever it does
 * beside `tx` must be harmless when repeated.
 */
export async function transact<Result>(em: SqlEntityManager, work: Work<Result>): Promise<Result> {
  const attempts = em.isInTransaction() ? 1 : ATTEMPTS; // what is rolled back is the whole, and not a part of it
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    try {
      return await tryOnce(em, work);
    } catch (error) {
      if (!isSacrificed(error)) throw error;
    }
  }
  return tryOnce(em, work);
}

/** Without the entities that others have loaded: to look through them costs more than most transactions. */
function tryOnce<Result>(em: SqlEntityManager, work: Work<Result>): Promise<Result> {
  return em.transactional(work, { clear: true }); // new each time: the library writes into it
}

function isSacrificed(error: unknown): boolean {
  return SACRIFICED.test(errorCode(error) ?? '');
}
