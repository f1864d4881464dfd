// users/argon2.ts: argon2id (RFC 9106) as quickly as it can be computed, and every other argon2 that there is.
import { hash, verify } from '@node-rs/argon2';

export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** What we make ourselves: 16 bytes of salt, 32 of hash. In either order of parameters that libraries write. */
const ownForm = /^\$argon2id\$v=19\$m=\d{1,7},(?:t=\d{1,4},p=1|p=1,t=\d{1,4})\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

/** Whether the quick library checks this hash. The other one takes up to twice as long. */
export function isQuick(stored: string): boolean {
  return ownForm.test(stored);
}

/** In the PHC string format. */
export function hashArgon2(password: string, { memoryKiB, passes }: Argon2Cost): Promise<string> {
  return hash(password, { memoryCost: memoryKiB, timeCost: passes, parallelism: 1 });
}

/**
 * Rejects when the hash cannot be computed, for want of memory or because it is none. The caller bounds its memory: when
 * there is too little, the quick library ends the process.
 */
export async function verifyArgon2(stored: string, password: string): Promise<boolean> {
  if (isQuick(stored)) return verify(stored, password);
  const complete = await import('argon2'); // i, d, lanes, other lengths: from elsewhere, until the next good sign-in
  return complete.verify(stored, password);
}
