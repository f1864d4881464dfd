// bench/settings.ts: what the service is run with, and what its lane is then.
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { LaneSize } from '../src/users/hashing-lane.ts';
import { canPin, type Environment } from './pinned-service.ts';

/** Those that can be tried out: set for the bench, they are set for the service. */
const { PATH, PASSWORD_HASH_CONCURRENCY, PASSWORD_HASH_QUEUE, UV_THREADPOOL_SIZE } = process.env;

/** As in production, but for mail, TLS and the public name; the bench stands where the proxy does. */
export function settings(folder: string): Environment {
  return {
    PATH,
    PASSWORD_HASH_CONCURRENCY,
    PASSWORD_HASH_QUEUE,
    UV_THREADPOOL_SIZE,
    NODE_ENV: 'development',
    PORT: '0',
    LOG_LEVEL: 'warn',
    DATABASE_URL: `sqlite:${join(folder, 'latchkey.db')}`,
    SECRETS: randomBytes(32).toString('base64'),
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMITS: 'on',
  };
}

/** What the README says of PASSWORD_HASH_CONCURRENCY and PASSWORD_HASH_QUEUE, for a service that is pinned to two cores. */
export function laneSize(): LaneSize {
  const cores = canPin() ? 2 : availableParallelism();
  const threads = Number(UV_THREADPOOL_SIZE ?? 4);
  const concurrency = Number(PASSWORD_HASH_CONCURRENCY ?? Math.min(cores, threads - 1));
  return { concurrency, queue: Number(PASSWORD_HASH_QUEUE ?? 64 * concurrency) };
}
