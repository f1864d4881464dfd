// audit/bounded-record.ts: records events that a caller can cause at will, at most ten per caller and minute.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock } from '../platform/clock.ts';
import type { AuditLog, Happening } from './audit-log.ts';

const PER_MINUTE = 10;
const WINDOW_SECONDS = 60;
/** Bounds the memory: in one window, further callers go unrecorded. */
const MAX_CALLERS = 10_000;

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly audit: Pick<AuditLog, 'record'>;
}

export type RecordBounded = ReturnType<typeof createBoundedRecord>;

/** Each instance counts for itself and keeps the counts in memory, so RATE_LIMITS=off does not lift the bound. */
export function createBoundedRecord({ em, now, audit }: Parts) {
  let window = { counts: new Map<string, number>(), endsAt: new Date(0) };

  function isWithinBound(key: string): boolean {
    if (now() >= window.endsAt) window = { counts: new Map(), endsAt: addSeconds(now(), WINDOW_SECONDS) };
    const { counts } = window;
    const count = counts.get(key) ?? 0;
    if (count >= PER_MINUTE || (count === 0 && counts.size >= MAX_CALLERS)) return false;
    counts.set(key, count + 1);
    return true;
  }

  /** Call it outside the transaction of the refused act: that one is rolled back. */
  return async (caller: string, happening: Happening): Promise<void> => {
    if (isWithinBound(`${happening.type} ${caller}`)) await audit.record(em, happening);
  };
}
