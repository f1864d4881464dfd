// users/stored-hash.ts: the password hash of a user, whether we made it or another system did.
import { randomBytes } from 'node:crypto';
import { readArgon2 } from './argon2-form.ts';
import { readForeignHash } from './foreign-hashes.ts';
import type { HashReading, ReadableHash } from './hash-form.ts';

const unknown: HashReading = { fault: 'This is no hash of a known form.' };

/** Our own hashes are over the NFC form; those of other systems are over what was typed. */
export function readStoredHash(stored: string): HashReading {
  const argon2 = readArgon2(stored);
  if (!argon2) return readForeignHash(stored) ?? unknown;
  if ('fault' in argon2) return argon2;
  return { ...argon2, verify: (password) => argon2.verify(normalize(password)) };
}

export function readableHash(stored: string): ReadableHash | null {
  const reading = readStoredHash(stored);
  return 'fault' in reading ? null : reading;
}

/** Why no password can be checked against this hash, or null. */
export function findHashFault(stored: string): string | null {
  const reading = readStoredHash(stored);
  return 'fault' in reading ? reading.fault : null;
}

/**
 * No password's hash, of the same kind as this one. Every form ends with its checksum, and takes hexadecimal digits in it;
 * only the last character may carry fewer bits, so it stays.
 */
export function decoyOf(stored: string): string {
  const start = stored.lastIndexOf('$') + 1;
  const digits = randomBytes(stored.length)
    .toString('hex')
    .slice(start, stored.length - 1);
  return stored.slice(0, start) + digits + stored.slice(-1);
}

/** NFC and nothing more: the same password typed on two keyboards is the same, and no two others are. */
export function normalize(password: string): string {
  return password.normalize('NFC');
}
