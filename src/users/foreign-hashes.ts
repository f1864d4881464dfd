// users/foreign-hashes.ts: checks a password against the hash that another system stored, for people who move in.
import { type BinaryLike, createHmac, pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { readArgon2 } from './argon2-form.ts';
import { decode, type HashReading } from './hash-form.ts';
import { findBcryptExcess, findPbkdf2Excess, findScryptExcess, type ScryptWork } from './hash-work.ts';

/**
 * A way of writing a hash, and what reads the fields found in it; null if they make no hash. The patterns bound the salts:
 * to 128 characters, or to the 171 that base64 takes for 128 bytes.
 */
type Form = readonly [RegExp, (...fields: string[]) => HashReading | null];

/** Bcrypt looks at no more of a password (in UTF-8). */
const BCRYPT_BYTES = 72;
const ALL_BYTES = Number.POSITIVE_INFINITY;

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
  [/^\$pbkdf2-(sha256|sha512)\$([1-9]\d{0,9})\$([./A-Za-z0-9]{2,171})\$([./A-Za-z0-9]{43,86})$/, readPasslibPbkdf2],
  [/^\$(pbkdf2)\$([1-9]\d{0,9})\$([./A-Za-z0-9]{2,171})\$([./A-Za-z0-9]{27})$/, readPasslibPbkdf2],
  [
    /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,8}),p=([1-9]\d{0,8})\$([+/A-Za-z0-9]{2,171})\$([+/A-Za-z0-9]{43})$/,
    readPasslibScrypt,
  ],
];

/**
 * Werkzeug's forms, https://werkzeug.palletsprojects.com/en/stable/utils/#module-werkzeug.security
 * A `pbkdf2:sha256$` without a count is none of them: Werkzeug adds the count it used to what it makes, and checks a
 * hash without one by the default of its day (150,000, then 260,000, 600,000, 1,000,000), which the text does not tell.
 */
const werkzeugForms: readonly Form[] = [
  [/^pbkdf2:(sha1|sha256|sha512):([1-9]\d{0,9})\$([!-#%-~]{1,128})\$((?:[0-9a-f]{2}){20,64})$/, readWerkzeugPbkdf2],
  [
    /^scrypt:([1-9]\d{0,8}):([1-9]\d{0,8}):([1-9]\d{0,8})\$([!-#%-~]{1,128})\$((?:[0-9a-f]{2}){64})$/,
    readWerkzeugScrypt,
  ],
  [/^(md5|sha1|sha256|sha512)\$([!-#%-~]{1,128})\$((?:[0-9a-f]{2}){16,64})$/, readWerkzeugHmac],
];

const argon2Form: Form = [/^(\$argon2.+)$/, readArgon2];

/** Ours: the key, which Flask-Security keeps in its settings, has to travel with the hash. */
const flaskSecurityForm: Form = [/^flask-security\$([A-Za-z0-9_-]{2,171})={0,2}\$(.+)$/, readFlaskSecurity];

/**
 * Null when the text is in none of the known forms. A password is checked as the UTF-8 bytes that it comes in: of the
 * libraries here none normalises it.
 */
export function readForeignHash(stored: string): HashReading | null {
  const reading = readOneOf([...passlibForms, ...werkzeugForms, flaskSecurityForm], stored);
  if (!reading || 'fault' in reading) return reading;
  // HMAC fills its key up with NULs, so PBKDF2 and scrypt cannot tell a password from the same one with a NUL at the
  // end, and bcrypt itself ends a password with one. Refused after the work, so that time does not tell the forms.
  return { ...reading, verify: async (password) => (await reading.verify(password)) && !password.includes('\0') };
}

function readOneOf(forms: readonly Form[], stored: string): HashReading | null {
  for (const [pattern, read] of forms) {
    const match = pattern.exec(stored);
    if (match) return read(...match.slice(1));
  }
  return null;
}

/**
 * The letters tell of old faults in its implementations (https://passlib.readthedocs.io/en/stable/lib/passlib.hash.bcrypt.html), not of
 * another algorithm; all run as 2b, because as 2a the C code counts the length in one byte and wraps at 255.
 */
function readBcrypt(cost: string, salt: string, checksum: string): HashReading | null {
  if (Number(cost) < 4) return null;
  const fault = findBcryptExcess(Number(cost));
  if (fault !== null) return { fault };
  const expected = Buffer.from(checksum);
  return {
    kind: `bcrypt ${cost}`,
    bytesSeen: BCRYPT_BYTES,
    verify: async (password) => {
      const { hash } = await import('bcrypt'); // which most deployments never need
      const made = await hash(password, `$2b$${cost}$${salt}`);
      return timingSafeEqual(Buffer.from(made.slice(-checksum.length)), expected);
    },
  };
}

/** https://passlib.readthedocs.io/en/stable/lib/passlib.hash.pbkdf2_digest.html; `pbkdf2` alone is with SHA-1. */
function readPasslibPbkdf2(digest: string, rounds: string, salt: string, checksum: string): HashReading | null {
  return checkPbkdf2({
    digest: digest === 'pbkdf2' ? 'sha1' : digest,
    rounds: Number(rounds),
    salt: decodeAdaptedBase64(salt),
    checksum: decodeAdaptedBase64(checksum),
  });
}

function readWerkzeugPbkdf2(digest: string, rounds: string, salt: string, checksum: string): HashReading | null {
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

function checkPbkdf2({ digest, rounds, salt, checksum }: Pbkdf2Hash): HashReading | null {
  if (salt.length === 0 || checksum.length !== digestBytes.get(digest)) return null;
  const fault = findPbkdf2Excess(rounds);
  if (fault !== null) return { fault };
  return {
    kind: `pbkdf2 ${digest} ${rounds}`,
    bytesSeen: ALL_BYTES,
    verify: async (password) =>
      timingSafeEqual(await runPbkdf2(password, salt, rounds, checksum.length, digest), checksum),
  };
}

/** https://passlib.readthedocs.io/en/stable/lib/passlib.hash.scrypt.html */
function readPasslibScrypt(ln: string, r: string, p: string, salt: string, checksum: string): HashReading | null {
  return checkScrypt({
    cost: 2 ** Number(ln),
    blockSize: Number(r),
    parallelization: Number(p),
    salt: decode(salt, 'base64'),
    checksum: decode(checksum, 'base64'),
  });
}

function readWerkzeugScrypt(n: string, r: string, p: string, salt: string, checksum: string): HashReading | null {
  return checkScrypt({
    cost: Number(n),
    blockSize: Number(r),
    parallelization: Number(p),
    salt: Buffer.from(salt),
    checksum: Buffer.from(checksum, 'hex'),
  });
}

interface ScryptHash extends ScryptWork {
  readonly salt: Buffer;
  readonly checksum: Buffer;
}

const runScrypt = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

function checkScrypt({ salt, checksum, ...parameters }: ScryptHash): HashReading | null {
  if (!isScrypt(parameters) || salt.length === 0 || checksum.length === 0) return null;
  const fault = findScryptExcess(parameters);
  if (fault !== null) return { fault };
  const { cost, blockSize, parallelization } = parameters;
  // What OpenSSL counts; by default Node allows 32 MiB, which is less than the hashes of either system take.
  const maxmem = 128 * blockSize * (cost + parallelization + 2);
  return {
    kind: `scrypt ${cost}:${blockSize}:${parallelization}`,
    bytesSeen: ALL_BYTES,
    verify: async (password) =>
      timingSafeEqual(await runScrypt(password, salt, checksum.length, { ...parameters, maxmem }), checksum),
  };
}

/** RFC 7914 section 2: N is a power of two above 1 and below 2^(16r). */
function isScrypt({ cost, blockSize }: ScryptWork): boolean {
  return cost > 1 && Number.isInteger(Math.log2(cost)) && Math.log2(cost) < 16 * blockSize;
}

/** An HMAC keyed with the salt: with SHA-1 the default of early versions, and gone with Werkzeug 3.0. */
function readWerkzeugHmac(digest: string, salt: string, checksum: string): HashReading | null {
  const expected = Buffer.from(checksum, 'hex');
  if (expected.length !== digestBytes.get(digest)) return null;
  return {
    kind: `hmac ${digest}`,
    bytesSeen: ALL_BYTES,
    verify: async (password) => timingSafeEqual(createHmac(digest, salt).update(password).digest(), expected),
  };
}

/**
 * Flask-Security hashes twice unless told otherwise: `get_hmac` in
 * https://github.com/pallets-eco/flask-security/blob/main/flask_security/utils.py makes an HMAC of the password, keyed
 * with SECURITY_PASSWORD_SALT, and passlib hashes its base64.
 */
function readFlaskSecurity(encodedKey: string, hash: string): HashReading | null {
  const key = decode(encodedKey, 'base64url');
  const inner = readOneOf([...passlibForms, argon2Form], hash);
  if (!inner || key.length === 0) return null;
  if ('fault' in inner) return inner;
  const checkOnce = (password: string) => inner.verify(createHmac('sha512', key).update(password).digest('base64'));
  return {
    kind: `flask-security ${inner.kind}`,
    bytesSeen: ALL_BYTES, // of the password; bcrypt cuts the HMAC off, which depends on all of it
    // NFKD by default since Flask-Security-Too 4.0 (SECURITY_PASSWORD_NORMALIZE_FORM), untouched before: the hash does
    // not tell which.
    verify: async (password) => {
      const decomposed = password.normalize('NFKD');
      return (await checkOnce(decomposed)) || (decomposed !== password && checkOnce(password));
    },
  };
}

/** Passlib's base64 has a dot for the plus. */
function decodeAdaptedBase64(text: string): Buffer {
  return decode(text.replaceAll('.', '+'), 'base64');
}
