// platform/after-commit.ts: for what may be said only when it has become true.
import type { SqlEntityManager } from '@mikro-orm/sql';

/** Runs the work when the transaction of `tx` is committed: at once if there is none, never if it is rolled back. */
export type AfterCommit = (tx: SqlEntityManager, work: () => void) => void;

export function createAfterCommit(em: SqlEntityManager): AfterCommit {
  const waiting = new WeakMap<object, (() => void)[]>();
  em.getEventManager().registerSubscriber({
    afterTransactionCommit({ transaction }) {
      for (const work of waiting.get(transaction ?? {}) ?? []) work();
    },
  });

  return (tx, work) => {
    const transaction = tx.getTransactionContext();
    if (!transaction) return work();
    waiting.set(transaction, [...(waiting.get(transaction) ?? []), work]);
  };
}
