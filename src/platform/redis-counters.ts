// platform/redis-counters.ts: counts budgets in Redis, for all instances.
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { budgetOf } from './budget.ts';
import type { Counters } from './counters.ts';
import type { Logger } from './logger.ts';

/** A Redis that takes longer to count than this counts as gone, in milliseconds. */
const DEADLINE_MS = 500;

/**
 * While Redis is away each instance counts for itself: an attack gets as many tries as there are instances times what it
 * had, and nobody else notices.
 */
export async function createRedisCounters(url: string, log: Logger): Promise<Counters> {
  const redis = await openRedis(url);
  let isAway = false;
  redis.on('ready', () => {
    if (isAway) log.info('redis is back: instances count together');
    isAway = false;
  });
  redis.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'redis is away: each instance counts for itself');
    isAway = true;
  });
  return {
    open: ({ name, points, seconds }) => {
      const allowance = { keyPrefix: name, points, duration: seconds };
      const insuranceLimiter = new RateLimiterMemory(allowance);
      return budgetOf(
        new RateLimiterRedis({ ...allowance, storeClient: redis, rejectIfRedisNotReady: true, insuranceLimiter }),
      );
    },
    prepare: () => redis.connect().catch(() => {}), // it goes on trying, and has said so
    list: async () => [],
    add: async () => {},
    sweep: async () => 0, // it forgets by itself
    close: async () => redis.disconnect(),
  };
}

async function openRedis(url: string) {
  const { Redis } = await import('ioredis');
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: DEADLINE_MS,
    commandTimeout: DEADLINE_MS,
    retryStrategy: (attempts) => Math.min(attempts * 100, 2_000),
  });
}

export async function isRedisReachable(url: string): Promise<boolean> {
  const redis = await openRedis(url);
  redis.on('error', () => {}); // that is the answer
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
