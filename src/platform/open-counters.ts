// platform/open-counters.ts: chooses where budgets are counted.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { createFileCounters } from './file-counters.ts';
import type { Logger } from './logger.ts';
import { createPostgresCounters } from './postgres-counters.ts';
import { createRedisCounters } from './redis-counters.ts';

export interface Place {
  readonly redisUrl: string | null;
  /** `sqlite:<path>` or `postgres://...`. */
  readonly databaseUrl: string;
}

/** In Redis if there is one; else in the database that instances share; else in a file beside the database. */
export async function openCounters({ redisUrl, databaseUrl }: Place, em: SqlEntityManager, log: Logger) {
  if (redisUrl !== null) return createRedisCounters(redisUrl, log);
  if (!databaseUrl.startsWith('sqlite:')) return createPostgresCounters(em);
  const path = databaseUrl.slice('sqlite:'.length);
  return createFileCounters(path === ':memory:' ? path : `${path}.limits`, log);
}
