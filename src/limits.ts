// limits.ts: everything that is counted, and where: part of the wiring of the service.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { createSecretGuesses } from './clients/secret-guesses.ts';
import type { Config } from './config.ts';
import { hasRoom, inLots, withoutLimits } from './platform/budget.ts';
import type { Clock } from './platform/clock.ts';
import { createLimiter } from './platform/limiter.ts';
import type { Logger } from './platform/logger.ts';
import { openCounters } from './platform/open-counters.ts';
import { createSpendQuota } from './platform/quotas.ts';
import type { SecretRing } from './platform/secrets.ts';
import { createThrottle, type IsFamiliar } from './users/throttle.ts';

/** How often a client may introspect: as often as any backend can ask, and no more than the database can answer. */
const OF_CLIENT = { name: 'introspection', points: 60_000, seconds: 60 };
const LOT = 500;

/** How many audit events of one kind a session can cause by itself. They stay bounded where limits are switched off. */
const RECORDS = { name: 'records-of-session', points: 10, seconds: 3600 };

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly log: Logger;
  readonly secrets: SecretRing;
  readonly isFamiliar: IsFamiliar;
}

export async function createLimits({ databaseUrl, limits }: Config, { em, now, log, secrets, isFamiliar }: Parts) {
  const counters = await openCounters({ databaseUrl, redisUrl: limits.redisUrl }, em, log);
  const open = limits.enabled ? counters.open : withoutLimits;
  const records = counters.open(RECORDS);
  const { key } = secrets.keysFor('names that were tried').newest;
  return {
    limiter: createLimiter(open),
    spendQuota: createSpendQuota(open),
    throttle: createThrottle({ open, key, isFamiliar }),
    guesses: createSecretGuesses({ open, openAlways: counters.open, key, now }),
    mayRecord: (sessionId: string) => hasRoom(records, sessionId),
    spendOfClient: inLots(open(OF_CLIENT), { lot: LOT, seconds: OF_CLIENT.seconds, now }),
    prepare: counters.prepare,
    sweep: counters.sweep,
    close: counters.close,
  };
}
