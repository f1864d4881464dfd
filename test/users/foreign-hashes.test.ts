import { expect, test } from 'vitest';
import { readForeignHash } from '../../src/users/foreign-hashes.ts';
import type { ReadableHash } from '../../src/users/hash-form.ts';
import { findHashFault } from '../../src/users/stored-hash.ts';
import vectors from './foreign-hash-vectors.json' with { type: 'json' };

const PASSWORD = 'Correct-Horse-7';
/** What bcrypt looks at. */
const BCRYPT_BYTES = 72;

const titled = vectors.map((vector, at) => ({ ...vector, title: `${at + 1}, ${vector.form}` }));

/** Null for one that asks for too much, too. */
function readable(stored: string): ReadableHash | null {
  const reading = readForeignHash(stored);
  return reading === null || 'fault' in reading ? null : reading;
}

async function matches(stored: string, password: string): Promise<boolean | undefined> {
  return readable(stored)?.verify(password);
}

/** The hash of the first vector of this form. */
function hashOf(form: string): string {
  const vector = vectors.find((one) => one.form === form);
  if (!vector) throw new Error(`No vector of the form ${form}.`);
  return vector.hash;
}

function inOtherCase(text: string): string {
  return [...text]
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}

function isCutOff({ form, password }: { form: string; password: string }): boolean {
  return form.startsWith('bcrypt') && Buffer.byteLength(password) >= BCRYPT_BYTES;
}

test.each(titled)('foreign hashes: vector $title, its password, matches', async ({ hash, password }) => {
  expect(await matches(hash, password)).toBe(true);
});

test.each(titled)('foreign hashes: vector $title, other passwords, do not match', async (vector) => {
  const { hash, password } = vector;
  const others = [password.replace(/[a-z]/, 'x'), inOtherCase(password), `${password} `, ''];
  const outcomes = await Promise.all(others.map((other) => matches(hash, other)));
  expect(outcomes).toEqual([false, false, isCutOff(vector), false]);
});

test.each(titled)(
  'foreign hashes: vector $title, its password with a NUL, does not match',
  async ({ hash, password }) => {
    expect(await matches(hash, `${password}\0`)).toBe(false);
    expect(await matches(hash, `${password}\0more`)).toBe(false);
    expect(await matches(hash, '\0')).toBe(false);
  },
);

test.each(titled)('foreign hashes: vector $title, cut off or embedded, is unknown', ({ hash }) => {
  expect(readForeignHash(hash.slice(0, -1))).toBeNull();
  expect(readForeignHash(hash.slice(0, hash.lastIndexOf('$')))).toBeNull();
  expect(readForeignHash(hash.slice(0, hash.lastIndexOf('$') + 1))).toBeNull();
  for (const stray of [' ', '\n', '\0', '$']) {
    expect(readForeignHash(hash + stray), JSON.stringify(stray)).toBeNull();
    expect(readForeignHash(stray + hash), JSON.stringify(stray)).toBeNull();
  }
});

test.each(titled)(
  'foreign hashes: vector $title, with a letter too many, does not match',
  async ({ hash, password }) => {
    expect(await matches(`${hash}A`, password)).not.toBe(true);
  },
);

test('foreign hashes: bcrypt, a password of more than 72 bytes, is compared up to there', async () => {
  const long = vectors.filter((vector) => isCutOff(vector));
  expect(long.length).toBeGreaterThan(0);
  for (const { hash, password } of long) {
    const seen = password.slice(0, BCRYPT_BYTES);
    expect(await matches(hash, `${seen} whatever`)).toBe(true);
    expect(await matches(hash, seen.slice(0, -1))).toBe(false);
  }
});

test('foreign hashes: bcrypt, the same letters under each prefix, are one hash', async () => {
  const hash = hashOf('bcrypt 2b');
  for (const prefix of ['$2a$', '$2b$', '$2y$']) {
    expect(await matches(hash.replace('$2b$', prefix), PASSWORD)).toBe(true);
  }
});

test('foreign hashes: a password in another Unicode form, does not match', async () => {
  const foreign = vectors.filter(({ password }) => password !== password.normalize('NFD'));
  expect(foreign.length).toBeGreaterThan(0);
  for (const { hash, password } of foreign) {
    expect(await matches(hash, password.normalize('NFD')), hash).toBe(false);
  }
});

const SALT = 'c29tZSBzYWx0IG9mIG91cg';
const HEX_32 = '0123456789abcdef'.repeat(4);
const HEX_64 = HEX_32.repeat(2);
const BASE64_20 = Buffer.alloc(20, 1).toString('base64').replace('=', '');
const BASE64_32 = Buffer.alloc(32, 1).toString('base64').replace('=', '');
const BASE64_64 = Buffer.alloc(64, 1).toString('base64').replace('==', '');
const LONG_SALT = Buffer.alloc(129, 1).toString('base64');
const bcrypt = hashOf('bcrypt 2b');
const argon2 = (parameters: string, version = 'v=19') =>
  `flask-security$c2FsdA==$$argon2id$${version}$${parameters}$${SALT}$${BASE64_32}`;

test.each([
  ['empty', ''],
  ['a blank', ' '],
  ['the password itself', PASSWORD],
  ['the name of a property', '__proto__'],
  ['the name of a property, as a method', `__proto__$salt$${HEX_32}`],
  ['the name of a property, as a digest', `pbkdf2:__proto__:1000$salt$${HEX_32}`],
  ['of MD5 crypt', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/'],
  ['of SHA-512 crypt', `$6$saltsalt$${'a'.repeat(86)}`],
  ['of argon2, which is ours', `$argon2id$v=19$m=1024,t=2,p=1$${SALT}$${BASE64_32}`],
  ['of plain text in Werkzeug', `plain$$${PASSWORD}`],
  ['only signs', '$$$'],
  ['very long', `pbkdf2:sha256:1000$salt$${'a'.repeat(1_000_000)}`],
  ['very long salts', `flask-security$${'A'.repeat(1_000_000)}$${bcrypt}`],

  ['bcrypt of the faulty 2x', bcrypt.replace('$2b$', '$2x$')],
  ['bcrypt of the first 2', bcrypt.replace('$2b$', '$2$')],
  ['bcrypt of a letter to come', bcrypt.replace('$2b$', '$2c$')],
  ['bcrypt of cost 3', bcrypt.replace('$04$', '$03$')],
  ['bcrypt of cost 0', bcrypt.replace('$04$', '$00$')],
  ['bcrypt of cost 17', bcrypt.replace('$04$', '$17$')],
  ['bcrypt of cost 31', bcrypt.replace('$04$', '$31$')],
  ['bcrypt of one digit', bcrypt.replace('$04$', '$4$')],
  ['bcrypt of a foreign letter', bcrypt.replace(/.$/, '+')],
  ['bcrypt of a last letter with bits left over', bcrypt.replace(/.$/, 'n')],

  ['PBKDF2 of no rounds', `pbkdf2:sha256:0$salt$${HEX_32}`],
  ['PBKDF2 of fewer rounds than none', `pbkdf2:sha256:-1$salt$${HEX_32}`],
  ['PBKDF2 of half a round', `pbkdf2:sha256:1.5$salt$${HEX_32}`],
  ['PBKDF2 of rounds in words', `pbkdf2:sha256:1e3$salt$${HEX_32}`],
  ['PBKDF2 of too many rounds', `pbkdf2:sha256:5000001$salt$${HEX_32}`],
  ['PBKDF2 of very many rounds', `pbkdf2:sha256:99999999999999999999$salt$${HEX_32}`],
  ['PBKDF2 without a count, which each version reads otherwise', `pbkdf2:sha256$salt$${HEX_32}`],
  ['PBKDF2 with an empty count', `pbkdf2:sha256:$salt$${HEX_32}`],
  ['PBKDF2 without a digest', `pbkdf2$salt$${HEX_32}`],
  ['PBKDF2 with a strange digest', `pbkdf2:shake256:1000$salt$${HEX_32}`],
  ['PBKDF2 without a salt', `pbkdf2:sha256:1000$$${HEX_32}`],
  ['PBKDF2 with a long salt', `pbkdf2:sha256:1000$${'s'.repeat(129)}$${HEX_32}`],
  ['PBKDF2 with a blank in the salt', `pbkdf2:sha256:1000$sa lt$${HEX_32}`],
  ['PBKDF2 with an odd number of digits', `pbkdf2:sha256:1000$salt$${HEX_32}0`],
  ['PBKDF2 with a letter that is no digit', `pbkdf2:sha256:1000$salt$${HEX_32.replace('f', 'g')}`],
  ['PBKDF2 in capitals', `pbkdf2:sha256:1000$salt$${HEX_32.toUpperCase()}`],
  ['PBKDF2 with the checksum of a longer digest', `pbkdf2:sha256:1000$salt$${HEX_64}`],
  ['PBKDF2 with the checksum of a shorter digest', `pbkdf2:sha512:1000$salt$${HEX_32}`],
  ['PBKDF2 without a checksum', 'pbkdf2:sha256:1000$salt$'],

  ['passlib PBKDF2 of no rounds', `$pbkdf2-sha256$0$${SALT}$${BASE64_32}`],
  ['passlib PBKDF2 of rounds with a zero before', `$pbkdf2-sha256$01000$${SALT}$${BASE64_32}`],
  ['passlib PBKDF2 of too many rounds', `$pbkdf2-sha256$5000001$${SALT}$${BASE64_32}`],
  ['passlib PBKDF2 with a strange digest', `$pbkdf2-sha3$1000$${SALT}$${BASE64_32}`],
  ['passlib PBKDF2 without a salt', `$pbkdf2-sha256$1000$$${BASE64_32}`],
  ['passlib PBKDF2 with a salt of half a byte', `$pbkdf2-sha256$1000$A$${BASE64_32}`],
  ['passlib PBKDF2 with a salt with bits left over', `$pbkdf2-sha256$1000$AB$${BASE64_32}`],
  ['passlib PBKDF2 with a long salt', `$pbkdf2-sha256$1000$${LONG_SALT}$${BASE64_32}`],
  ['passlib PBKDF2 with padding', `$pbkdf2-sha256$1000$${SALT}$${BASE64_32}=`],
  ['passlib PBKDF2 with a plus', `$pbkdf2-sha256$1000$${SALT}$${BASE64_32.replace('A', '+')}`],
  ['passlib PBKDF2 with a checksum with bits left over', `$pbkdf2-sha256$1000$${SALT}$${BASE64_32.replace(/.$/, 'F')}`],
  ['passlib PBKDF2 with the checksum of a longer digest', `$pbkdf2-sha256$1000$${SALT}$${BASE64_64}`],
  ['passlib PBKDF2 with the checksum of a shorter digest', `$pbkdf2-sha512$1000$${SALT}$${BASE64_32}`],
  ['passlib PBKDF2 of SHA-1 with the checksum of SHA-256', `$pbkdf2$1000$${SALT}$${BASE64_32}`],
  ['passlib PBKDF2 of SHA-256 with the checksum of SHA-1', `$pbkdf2-sha256$1000$${SALT}$${BASE64_20}`],

  ['scrypt of N 0', `scrypt:0:8:1$salt$${HEX_64}`],
  ['scrypt of N 1', `scrypt:1:8:1$salt$${HEX_64}`],
  ['scrypt of N that is no power of two', `scrypt:32767:8:1$salt$${HEX_64}`],
  ['scrypt of N beyond its r', `scrypt:65536:1:1$salt$${HEX_64}`],
  ['scrypt of N 2 to the power of 32 and some', `scrypt:4294967296:1:1$salt$${HEX_64}`],
  ['scrypt of r 0', `scrypt:32768:0:1$salt$${HEX_64}`],
  ['scrypt of p 0', `scrypt:32768:8:0$salt$${HEX_64}`],
  ['scrypt of p 17', `scrypt:1024:8:17$salt$${HEX_64}`],
  ['scrypt of 512 MiB', `scrypt:524288:8:1$salt$${HEX_64}`],
  ['scrypt of 512 MiB, by its r', `scrypt:32768:128:1$salt$${HEX_64}`],
  ['scrypt of 2 GiB, by its r and p', `scrypt:2:1048576:16$salt$${HEX_64}`],
  ['scrypt without p', `scrypt:32768:8$salt$${HEX_64}`],
  ['scrypt without a salt', `scrypt:32768:8:1$$${HEX_64}`],
  ['scrypt with a long salt', `scrypt:32768:8:1$${'s'.repeat(129)}$${HEX_64}`],
  ['scrypt with an odd number of digits', `scrypt:32768:8:1$salt$${HEX_64}0`],
  ['scrypt with a short checksum', `scrypt:32768:8:1$salt$${HEX_32}`],

  ['passlib scrypt of ln 0', `$scrypt$ln=0,r=8,p=1$${SALT}$${BASE64_32}`],
  ['passlib scrypt of ln 19', `$scrypt$ln=19,r=8,p=1$${SALT}$${BASE64_32}`],
  ['passlib scrypt of ln 99', `$scrypt$ln=99,r=8,p=1$${SALT}$${BASE64_32}`],
  ['passlib scrypt of r 0', `$scrypt$ln=14,r=0,p=1$${SALT}$${BASE64_32}`],
  ['passlib scrypt of p 0', `$scrypt$ln=14,r=8,p=0$${SALT}$${BASE64_32}`],
  ['passlib scrypt of p 17', `$scrypt$ln=10,r=8,p=17$${SALT}$${BASE64_32}`],
  ['passlib scrypt without a salt', `$scrypt$ln=14,r=8,p=1$$${BASE64_32}`],
  ['passlib scrypt with a salt with bits left over', `$scrypt$ln=14,r=8,p=1$AB$${BASE64_32}`],
  ['passlib scrypt with a long checksum', `$scrypt$ln=14,r=8,p=1$${SALT}$${BASE64_64}`],
  [
    'passlib scrypt with a checksum with bits left over',
    `$scrypt$ln=14,r=8,p=1$${SALT}$${BASE64_32.replace(/.$/, 'F')}`,
  ],
  ['passlib scrypt with a dot', `$scrypt$ln=14,r=8,p=1$${SALT}$${BASE64_32.replace('A', '.')}`],

  ['an HMAC without a salt', `sha256$$${HEX_32}`],
  ['an HMAC with a long salt', `sha256$${'s'.repeat(129)}$${HEX_32}`],
  ['an HMAC with the checksum of a longer digest', `sha256$salt$${HEX_64}`],
  ['an HMAC with the checksum of a shorter digest', `sha512$salt$${HEX_32}`],
  ['an HMAC with an odd number of digits', `sha256$salt$${HEX_32}0`],

  ['Flask-Security without a key', `flask-security$$${bcrypt}`],
  ['Flask-Security with a long key', `flask-security$${LONG_SALT}$${bcrypt}`],
  ['Flask-Security with a key with bits left over', `flask-security$c2FsdB==$${bcrypt}`],
  ['Flask-Security with a key not in base64url', `flask-security$Pz8/$${bcrypt}`],
  ['Flask-Security without a hash', 'flask-security$c2FsdA==$'],
  ['Flask-Security with a sign too few', `flask-security$c2FsdA==${bcrypt}`],
  ['Flask-Security of itself', `flask-security$c2FsdA==$flask-security$c2FsdA==$${bcrypt}`],
  ['Flask-Security of Werkzeug', `flask-security$c2FsdA==$pbkdf2:sha256:1000$salt$${HEX_32}`],
  ['Flask-Security of bcrypt, cost 31', `flask-security$c2FsdA==$${bcrypt.replace('$04$', '$31$')}`],
  ['Flask-Security of argon2, no memory', argon2('m=0,t=2,p=1')],
  ['Flask-Security of argon2, too little memory', argon2('m=15,t=2,p=2')],
  ['Flask-Security of argon2, no passes', argon2('m=1024,t=0,p=1')],
  ['Flask-Security of argon2, no lanes', argon2('m=1024,t=2,p=0')],
  ['Flask-Security of argon2, more than 256 MiB', argon2('m=262145,t=2,p=1')],
  ['Flask-Security of argon2, 33 passes', argon2('m=1024,t=33,p=1')],
  ['Flask-Security of argon2, 17 lanes', argon2('m=1024,t=2,p=17')],
  ['Flask-Security of argon2, of another version', argon2('m=1024,t=2,p=1', 'v=20')],
  ['Flask-Security of argon2, with bits left over', argon2('m=1024,t=2,p=1').replace(/.$/, 'F')],
])('foreign hashes: malformed or too costly, %s, cannot be checked', (_, stored) => {
  expect(readable(stored)).toBeNull();
});

test.each([
  ['bcrypt of cost 15', bcrypt.replace('$04$', '$15$'), 'bcrypt'],
  ['bcrypt of cost 31', bcrypt.replace('$04$', '$31$'), 'bcrypt'],
  ['PBKDF2 of 2,000,001 rounds', `pbkdf2:sha512:2000001$salt$${HEX_64}`, 'PBKDF2'],
  ['PBKDF2 of 9,999,999,999 rounds', `pbkdf2:sha256:9999999999$salt$${HEX_32}`, 'PBKDF2'],
  ['passlib PBKDF2 of 2,000,001 rounds', `$pbkdf2-sha256$2000001$${SALT}$${BASE64_32}`, 'PBKDF2'],
  ['scrypt of 512 MiB', `scrypt:524288:8:1$salt$${HEX_64}`, 'scrypt'],
  ['scrypt of 256 MiB, twice', `scrypt:262144:8:2$salt$${HEX_64}`, 'scrypt'],
  ['scrypt of 32 MiB, nine times', `scrypt:32768:8:9$salt$${HEX_64}`, 'scrypt'],
  ['scrypt of 17 lanes', `scrypt:1024:8:17$salt$${HEX_64}`, 'scrypt'],
  ['passlib scrypt of 512 MiB', `$scrypt$ln=19,r=8,p=1$${SALT}$${BASE64_32}`, 'scrypt'],
  ['passlib scrypt of 256 MiB, twice', `$scrypt$ln=18,r=8,p=2$${SALT}$${BASE64_32}`, 'scrypt'],
  ['argon2 of 256 MiB, five times', argon2('m=262144,t=5,p=1'), 'argon2'],
  ['argon2 of 4,000,000,000 passes', argon2('m=1024,t=4000000000,p=1'), 'argon2'],
  ['Flask-Security of bcrypt, cost 15', `flask-security$c2FsdA==$${bcrypt.replace('$04$', '$15$')}`, 'bcrypt'],
])('foreign hashes: too costly, %s, is refused with the reason', (_, stored, algorithm) => {
  expect(findHashFault(stored)).toMatch(new RegExp(`^This ${algorithm} hash (needs|has) .*\\.$`));
  expect(readable(stored)).toBeNull();
});

test.each([
  ['bcrypt with bits left over in the salt', bcrypt.replace(/^(.{28})./, '$1/')],
  ['PBKDF2 of one round and a long salt', `pbkdf2:sha512:1$${'s'.repeat(128)}$${HEX_64}`],
  ['passlib PBKDF2 with a long salt', `$pbkdf2-sha256$1$${LONG_SALT.slice(0, 170)}w$${BASE64_32}`],
  ['scrypt of the smallest N', `scrypt:2:1:1$s$${HEX_64}`],
  ['PBKDF2 of 2,000,000 rounds', `pbkdf2:sha256:2000000$salt$${HEX_32}`],
  ['bcrypt of cost 14', bcrypt.replace('$04$', '$14$')],
  ['scrypt of the largest N for its r', `scrypt:32768:1:16$salt$${HEX_64}`],
  ['scrypt of 256 MiB', `scrypt:262144:8:1$salt$${HEX_64}`],
  ['scrypt of 16 lanes', `scrypt:16384:8:16$salt$${HEX_64}`],
  ['scrypt of 256 MiB, by its r', `scrypt:2:65536:16$salt$${HEX_64}`],
  ['passlib scrypt of the smallest ln', `$scrypt$ln=1,r=1,p=1$AA$${BASE64_32}`],
  ['argon2 of the smallest parameters', argon2('m=8,t=1,p=1')],
  ['argon2 of many lanes', argon2('m=128,t=1,p=16')],
  ['argon2 of 256 MiB', argon2('m=262144,t=4,p=16')],
  ['argon2 of 32 passes', argon2('m=32768,t=32,p=1')],
  ['argon2 of the older version', argon2('m=1024,t=2,p=1', 'v=16')],
])('foreign hashes: at the bounds, %s, can be checked', async (_, stored) => {
  expect(await matches(stored, PASSWORD)).toBe(false);
});
