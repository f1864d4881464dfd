// accounts/derived-code.ts: codes that can be mailed again although the database holds only their digests. A code follows
// from a secret of the deployment and a random seed in its row: neither the database nor the secret alone gives it.
import { createHmac, type KeyObject } from 'node:crypto';
import { type DerivedKeys, newSecret } from '../platform/secrets.ts';
import type { OneTimeCodeRow } from './one-time-code.ts';

type Subject = Pick<OneTimeCodeRow, 'userId' | 'purpose'>;

export interface DerivedCode {
  readonly code: string;
  /** Names the secret, so that a rotation of secrets voids no code. */
  readonly seed: string;
}

export function createDerivedCodes(keys: DerivedKeys) {
  function make(subject: Subject): DerivedCode {
    const { id, key } = keys.newest;
    const seed = `${id}.${newSecret()}`;
    return { code: derive(key, subject, seed), seed };
  }

  /** Null for a code that is random, or whose secret has left the ring. */
  function repeat(row: Subject & Pick<OneTimeCodeRow, 'seed'>): string | null {
    const [id = ''] = row.seed?.split('.') ?? [];
    const key = keys.find(id)?.key;
    return key && row.seed !== null ? derive(key, row, row.seed) : null;
  }

  return { make, repeat };
}

/** 256 bits, in letters that a link can hold. */
function derive(key: KeyObject, { purpose, userId }: Subject, seed: string): string {
  return createHmac('sha256', key).update([purpose, userId, seed].join('\n')).digest('base64url');
}
