// users/foreign-hashes.ts: checks a password against the hash that another system stored, for people who move in.
import { type BinaryLike, createHmac, pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verifyArgon2 } from './argon2.ts';

/** Checks passwords against one stored hash of another system. */
export interface ForeignHash {
  /**
   * Over the UTF-8 bytes of the password as given: of the libraries here none normalises it. Rejects only for want of
   * memory or threads.
   */
  verify(password: string): Promise<boolean>;
}

type Check = (password: string) => Promise<boolean>;

/** A way of writing a hash, and what makes a check of the fields found in it, or null if it asks too much. */
type Form = readonly [RegExp, (...fields: string[]) => Check | null];

// One line of a stranger's file must not cost minutes or gigabytes. The patterns below bound the salts: to 128
// characters, or to the 171 that base64 takes for 128 bytes.
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_LANES = 16;
const MAX_PBKDF2_ROUNDS = 5_000_000;
const MAX_ARGON2_PASSES = 32;

const digestBytes = new Map([
  ['md5', 16],
  ['sha1', 20],
  ['sha256', 32],
  ['sha512', 64],
]);

/** Passlib's default and most used forms, https://passlib.readthedocs.io/en/stable/lib/passlib.hash.html */
const passlibForms: readonly Form[] = [
  // The last character of the checksum has only four bits to carry, hence its smaller alphabet.
  [/^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{30}[.CGKOSWaeimquy26])$/, readBcrypt],
  [/^\$pbkdf2-(sha256|sha512)\$([1-9]\d{0,6})\$([./A-Za-z0-9]{2,171})\$([./A-Za-z0-9]{43,86})$/, readPasslibPbkdf2],
  [/^\$(pbkdf2)\$([1-9]\d{0,6})\$([./A-Za-z0-9]{2,171})\$([./A-Za-z0-9]{27})$/, readPasslibPbkdf2],
  [
    /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,8}),p=([1-9]\d?)\$([+/A-Za-z0-9]{2,171})\$([+/A-Za-z0-9]{43})$/,
    readPasslibScrypt,
  ],
];

/**
 * Werkzeug's forms, https://werkzeug.palletsprojects.com/en/stable/utils/#module-werkzeug.security
 * A `pbkdf2:sha256$` without a count is none of them: Werkzeug adds the count it used to what it makes, and checks a
 * hash without one by the default of its day (150,000, then 260,000, 600,000, 1,000,000), which the text does not tell.
 */
const werkzeugForms: readonly Form[] = [
  [/^pbkdf2:(sha1|sha256|sha512):([1-9]\d{0,6})\$([!-#%-~]{1,128})\$((?:[0-9a-f]{2}){20,64})$/, readWerkzeugPbkdf2],
  [/^scrypt:([1-9]\d{0,8}):([1-9]\d{0,8}):([1-9]\d?)\$([!-#%-~]{1,128})\$((?:[0-9a-f]{2}){64})$/, readWerkzeugScrypt],
  [/^(md5|sha1|sha256|sha512)\$([!-#%-~]{1,128})\$((?:[0-9a-f]{2}){16,64})$/, readWerkzeugHmac],
];

const argon2Form: Form = [
  /^(\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$[A-Za-z0-9+/]{11,171}\$([A-Za-z0-9+/]{16,171}))$/,
  readArgon2,
];

/** Ours: the key, which Flask-Security keeps in its settings, has to travel with the hash. */
const flaskSecurityForm: Form = [/^flask-security\$([A-Za-z0-9_-]{2,171})={0,2}\$(.+)$/, readFlaskSecurity];

/** Null when the text is in none of the known forms, or asks for more work than we are willing to do. */
export function readForeignHash(stored: string): ForeignHash | null {
  const check = readOneOf([...passlibForms, ...werkzeugForms, flaskSecurityForm], stored);
  if (!check) return null;
  // HMAC fills its key up with NULs, so PBKDF2 and scrypt cannot tell a password from the same one with a NUL at the
  // end, and bcrypt itself ends a password with one. Refused after the work, so that time does not tell the forms.
  return { verify: async (password) => (await check(password)) && !password.includes('\0') };
}

function readOneOf(forms: readonly Form[], stored: string): Check | null {
  for (const [pattern, read] of forms) {
    const match = pattern.exec(stored);
    if (match) return read(...match.slice(1));
  }
  return null;
}

/**
 * Bcrypt looks at the first 72 bytes of a password and no further, here as where it comes from. The letters tell of old
 * faults in its implementations (https://passlib.readthedocs.io/en/stable/lib/passlib.hash.bcrypt.html), not of
 * another algorithm; all run as 2b, because as 2a the C code counts the length in one byte and wraps at 255.
 */
function readBcrypt(cost: string, salt: string, checksum: string): Check | null {
  if (Number(cost) < 4 || Number(cost) > 16) return null;
  const expected = Buffer.from(checksum);
  return async (password) => {
    const { hash } = await import('bcrypt'); // which most deployments never need
    const made = await hash(password, `$2b$${cost}$${salt}`);
    return timingSafeEqual(Buffer.from(made.slice(-checksum.length)), expected);
  };
}

/** https://passlib.readthedocs.io/en/stable/lib/passlib.hash.pbkdf2_digest.html; `pbkdf2` alone is with SHA-1. */
function readPasslibPbkdf2(digest: string, rounds: string, salt: string, checksum: string): Check | null {
  return checkPbkdf2({
    digest: digest === 'pbkdf2' ? 'sha1' : digest,
    rounds: Number(rounds),
    salt: decodeAdaptedBase64(salt),
    checksum: decodeAdaptedBase64(checksum),
  });
}

function readWerkzeugPbkdf2(digest: string, rounds: string, salt: string, checksum: string): Check | null {
  return checkPbkdf2({
    digest,
    rounds: Number(rounds),
    salt: Buffer.from(salt),
    checksum: Buffer.from(checksum, 'hex'),
  });
}

interface Pbkdf2Hash {
  readonly digest: string;
  readonly rounds: number;
  readonly salt: Buffer;
  readonly checksum: Buffer;
}

const runPbkdf2 = promisify(pbkdf2);

function checkPbkdf2({ digest, rounds, salt, checksum }: Pbkdf2Hash): Check | null {
  if (rounds > MAX_PBKDF2_ROUNDS || salt.length === 0 || checksum.length !== digestBytes.get(digest)) return null;
  return async (password) =>
    timingSafeEqual(await runPbkdf2(password, salt, rounds, checksum.length, digest), checksum);
}

/** https://passlib.readthedocs.io/en/stable/lib/passlib.hash.scrypt.html */
function readPasslibScrypt(ln: string, r: string, p: string, salt: string, checksum: string): Check | null {
  return checkScrypt({
    cost: 2 ** Number(ln),
    blockSize: Number(r),
    parallelization: Number(p),
    salt: decode(salt, 'base64'),
    checksum: decode(checksum, 'base64'),
  });
}

function readWerkzeugScrypt(n: string, r: string, p: string, salt: string, checksum: string): Check | null {
  return checkScrypt({
    cost: Number(n),
    blockSize: Number(r),
    parallelization: Number(p),
    salt: Buffer.from(salt),
    checksum: Buffer.from(checksum, 'hex'),
  });
}

/** RFC 7914 section 2 calls them N, r and p. */
interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

interface ScryptHash extends ScryptCost {
  readonly salt: Buffer;
  readonly checksum: Buffer;
}

const runScrypt = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

function checkScrypt({ salt, checksum, ...parameters }: ScryptHash): Check | null {
  if (!isScryptAffordable(parameters) || salt.length === 0 || checksum.length === 0) return null;
  const { cost, blockSize, parallelization } = parameters;
  // What OpenSSL counts; by default Node allows 32 MiB, which is less than the hashes of either system take.
  const maxmem = 128 * blockSize * (cost + parallelization + 2);
  return async (password) =>
    timingSafeEqual(await runScrypt(password, salt, checksum.length, { ...parameters, maxmem }), checksum);
}

/** Within RFC 7914 section 6, and neither of its two tables (one of N blocks, one of p) too large. */
function isScryptAffordable({ cost, blockSize, parallelization }: ScryptCost): boolean {
  const isPowerOfTwo = cost > 1 && Number.isInteger(Math.log2(cost));
  if (!isPowerOfTwo || parallelization > MAX_LANES || Math.log2(cost) >= 16 * blockSize) return false;
  return 128 * blockSize * Math.max(cost, parallelization) <= MAX_BYTES;
}

/** An HMAC keyed with the salt: with SHA-1 the default of early versions, and gone with Werkzeug 3.0. */
function readWerkzeugHmac(digest: string, salt: string, checksum: string): Check | null {
  const expected = Buffer.from(checksum, 'hex');
  if (expected.length !== digestBytes.get(digest)) return null;
  return async (password) => timingSafeEqual(createHmac(digest, salt).update(password).digest(), expected);
}

/** PHC strings, as passlib writes them: https://passlib.readthedocs.io/en/stable/lib/passlib.hash.argon2.html */
function readArgon2(stored: string, m: string, t: string, p: string, checksum: string): Check | null {
  const [kibibytes, passes, lanes] = [Number(m), Number(t), Number(p)];
  if (passes < 1 || lanes < 1 || kibibytes < 8 * lanes) return null; // RFC 9106 section 3.1
  if (kibibytes * 1024 > MAX_BYTES || passes > MAX_ARGON2_PASSES || lanes > MAX_LANES) return null;
  if (decode(checksum, 'base64').length === 0) return null;
  return (password) => verifyArgon2(stored, password);
}

/**
 * Flask-Security hashes twice unless told otherwise: `get_hmac` in
 * https://github.com/pallets-eco/flask-security/blob/main/flask_security/utils.py makes an HMAC of the password, keyed
 * with SECURITY_PASSWORD_SALT, and passlib hashes its base64.
 */
function readFlaskSecurity(encodedKey: string, hash: string): Check | null {
  const key = decode(encodedKey, 'base64url');
  const check = readOneOf([...passlibForms, argon2Form], hash);
  if (!check || key.length === 0) return null;
  const checkOnce = (password: string) => check(createHmac('sha512', key).update(password).digest('base64'));
  // NFKD by default since Flask-Security-Too 4.0 (SECURITY_PASSWORD_NORMALIZE_FORM), untouched before: the hash does
  // not tell which.
  return async (password) => {
    const decomposed = password.normalize('NFKD');
    return (await checkOnce(decomposed)) || (decomposed !== password && checkOnce(password));
  };
}

/** Passlib's base64 has a dot for the plus. */
function decodeAdaptedBase64(text: string): Buffer {
  return decode(text.replaceAll('.', '+'), 'base64');
}

/** Base64 without padding; empty unless it is the one way to write these bytes, so that no two texts are one hash. */
function decode(text: string, encoding: 'base64' | 'base64url'): Buffer {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding).replaceAll('=', '') === text ? bytes : Buffer.alloc(0);
}
