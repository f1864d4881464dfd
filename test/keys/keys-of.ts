// test/keys/keys-of.ts: the signing keys of a database, without the service around them.

import { createAuditLog } from '../../src/audit/audit-log.ts';
import type { Database } from '../../src/database.ts';
import type { SigningAlgorithm } from '../../src/keys/signing-key.ts';
import { createSigningKeys } from '../../src/keys/signing-keys.ts';
import { createAfterCommit } from '../../src/platform/after-commit.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { theService } from '../../src/platform/origin.ts';
import type { DerivedKeys } from '../../src/platform/secrets.ts';

interface Wanted {
  readonly now: Clock;
  readonly sealingKeys: DerivedKeys;
  readonly algorithm?: SigningAlgorithm;
}

export const MINUTE = 60;
export const DAY = 86_400;

/** Ninety days; published eleven minutes before it signs, and sixty-one after it has. */
export const times = { maxAgeSeconds: 90 * DAY, publishedSeconds: 11 * MINUTE, keptSeconds: 61 * MINUTE };

export function keysOf({ em }: Database, { now, sealingKeys, algorithm = 'ES256' }: Wanted) {
  const audit = createAuditLog({ now, log: createLogger('silent'), afterCommit: createAfterCommit(em) });
  return createSigningKeys({ em, now, audit, sealingKeys, algorithm, times, self: theService });
}
