// users/hash-work.ts: how much work a stored hash may ask for, at import and at each sign-in.
//
// A hash comes from another system's file, and anyone can make the service compute it by trying a password. Each bound
// is about one second of one core. Measured on the two-core machine of docs/performance.md, where a hash of our own
// takes 13 ms: argon2 at its bound takes 1.1 s, scrypt 0.4 to 1.6 s, 2,000,000 rounds of PBKDF2 0.3 s (SHA-1, SHA-256)
// or 0.9 s (SHA-512), and bcrypt of cost 14 takes 0.8 s (cost 16: 3.3 s). The defaults of the systems that users come
// from are all within: argon2 of libsodium's "moderate" (256 MiB, 3 passes), scrypt of passlib (64 MiB), 1,000,000
// rounds of Werkzeug, and bcrypt of cost 12.

const MIB = 1024 ** 2;

/** The limits of argon2, which our own settings must keep too. */
export const ARGON2_LIMITS = { kibibytes: 256 * 1024, passes: 32, lanes: 16, kibibytePasses: 1024 ** 2 };
const MAX_SCRYPT_BYTES = 256 * MIB;
const MAX_SCRYPT_LANES = 16;
const MAX_PBKDF2_ROUNDS = 2_000_000;
const MAX_BCRYPT_COST = 14;

export interface Argon2Work {
  readonly kibibytes: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Why these parameters ask for too much, or null. */
export function findArgon2Excess({ kibibytes, passes, lanes }: Argon2Work): string | null {
  if (kibibytes > ARGON2_LIMITS.kibibytes) return 'This argon2 hash needs more than 256 MiB of memory.';
  if (passes > ARGON2_LIMITS.passes) return `This argon2 hash needs more than ${ARGON2_LIMITS.passes} passes.`;
  if (lanes > ARGON2_LIMITS.lanes) return `This argon2 hash needs more than ${ARGON2_LIMITS.lanes} lanes.`;
  if (kibibytes * passes <= ARGON2_LIMITS.kibibytePasses) return null;
  return 'This argon2 hash needs too much work: memory times passes is more than 1 GiB.';
}

/** RFC 7914 section 2 calls them N, r and p. */
export interface ScryptWork {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** Bounds the memory (128·r·N, or 128·r·p) and the work (128·N·r·p): the lanes are computed one after the other. */
export function findScryptExcess({ cost, blockSize, parallelization }: ScryptWork): string | null {
  if (parallelization > MAX_SCRYPT_LANES) return `This scrypt hash has a parallelization above ${MAX_SCRYPT_LANES}.`;
  if (128 * cost * blockSize * parallelization <= MAX_SCRYPT_BYTES) return null;
  return 'This scrypt hash needs too much work: 128·N·r·p is more than 256 MiB.';
}

export function findPbkdf2Excess(rounds: number): string | null {
  return rounds > MAX_PBKDF2_ROUNDS ? 'This PBKDF2 hash needs more than 2,000,000 rounds.' : null;
}

export function findBcryptExcess(cost: number): string | null {
  return cost > MAX_BCRYPT_COST ? `This bcrypt hash has a cost above ${MAX_BCRYPT_COST}.` : null;
}
