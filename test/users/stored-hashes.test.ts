import { describe, expect, test } from 'vitest';
import { createHashingLane } from '../../src/users/hashing-lane.ts';
import { createPasswords } from '../../src/users/passwords.ts';
import { findHashFault } from '../../src/users/stored-hash.ts';
import { PASSWORD } from '../harness/api.ts';
import { cheap, createCountedPasswords } from './counted-passwords.ts';

const SALT = 'c29tZSBzYWx0IG9mIG91cg';
const DIGEST = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY';

describe('stored hashes: one that cannot be read is a wrong password, for the same work', () => {
  test.each([
    ['missing', null],
    ['empty', ''],
    ['the password itself', PASSWORD],
    ['a blank', ' '],
    ['cut off after the parameters', '$argon2id$v=19$m=1024,t=2,p=1'],
    ['cut off in the digest', `$argon2id$v=19$m=1024,t=2,p=1$${SALT}$MDEy`],
    ['without a salt', `$argon2id$v=19$m=1024,t=2,p=1$$${DIGEST}`],
    ['without a version', `$argon2id$m=1024,t=2,p=1$${SALT}$${DIGEST}`],
    ['without a parameter', `$argon2id$v=19$m=1024,t=2$${SALT}$${DIGEST}`],
    ['with a parameter twice', `$argon2id$v=19$m=1024,t=2,t=2$${SALT}$${DIGEST}`],
    ['of no passes', `$argon2id$v=19$m=1024,t=0,p=1$${SALT}$${DIGEST}`],
    ['of no lanes', `$argon2id$v=19$m=1024,t=2,p=0$${SALT}$${DIGEST}`],
    ['of 4,000,000,000 passes', `$argon2id$v=19$m=1024,t=4000000000,p=1$${SALT}$${DIGEST}`],
    ['of 33 passes', `$argon2id$v=19$m=1024,t=33,p=1$${SALT}$${DIGEST}`],
    ['of 1 GiB of memory', `$argon2id$v=19$m=1048576,t=1,p=1$${SALT}$${DIGEST}`],
    ['of 256 MiB and a bit', `$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${DIGEST}`],
    ['of 256 MiB, five times', `$argon2id$v=19$m=262144,t=5,p=1$${SALT}$${DIGEST}`],
    ['of 17 lanes', `$argon2id$v=19$m=1024,t=2,p=17$${SALT}$${DIGEST}`],
    ['of argon2d, 1 GiB', `$argon2d$v=19$m=1048576,t=40,p=1$${SALT}$${DIGEST}`],
    ['of a version to come', `$argon2id$v=20$m=1024,t=2,p=1$${SALT}$${DIGEST}`],
    ['of passes with a zero before', `$argon2id$v=19$m=1024,t=02,p=1$${SALT}$${DIGEST}`],
    ['with bits left over in the salt', `$argon2id$v=19$m=1024,t=2,p=1$${SALT.replace(/.$/, 'h')}$${DIGEST}`],
    ['with bits left over in the digest', `$argon2id$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST.replace(/.$/, 'Z')}`],
    ['of bcrypt, cost 16', `$2b$16$${'a'.repeat(53)}`],
    ['of no memory', `$argon2id$v=19$m=0,t=2,p=1$${SALT}$${DIGEST}`],
    ['of more memory than can be counted', `$argon2id$v=19$m=4294967296,t=2,p=1$${SALT}$${DIGEST}`],
    ['with a line break', `$argon2id$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST}\n`],
    ['after a blank', ` $argon2id$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST}`],
    ['not in base64', `$argon2id$v=19$m=1024,t=2,p=1$${SALT}$*${DIGEST}`],
    ['of bcrypt, cut off', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhW'],
    ['of scrypt', 'scrypt:32768:8:1$salt$0123456789abcdef'],
    ['of PBKDF2', 'pbkdf2:sha256:600000$salt$0123456789abcdef'],
    ['of plain SHA-256', 'sha256$salt$0123456789abcdef'],
    ['of a stranger', `$argon3$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST}`],
    ['very long', `$argon2id$v=19$m=1024,t=2,p=1$${'A'.repeat(100_000)}`],
  ])('%s', async (_, stored) => {
    const passwords = createCountedPasswords();
    expect(await passwords.verify(stored, PASSWORD)).toBe(false);
    expect(passwords.runs()).toBe(1);
    expect(stored === null || findHashFault(stored) !== null).toBe(true);
  });

  test('and one that can be read is a wrong password too, if it is not the right one', async () => {
    const passwords = createCountedPasswords();
    expect(await passwords.verify(`$argon2id$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST}`, PASSWORD)).toBe(false);
    expect(passwords.runs()).toBe(1);
  });
});

test('stored hashes: a missing one costs as much as the parameters in force', async () => {
  const passwords = createCountedPasswords({ memoryKiB: 16 * 1024, passes: 8 });
  const hash = await passwords.hash(PASSWORD);
  const time = async (stored: string | null) => {
    const start = performance.now();
    await passwords.verify(stored, 'wrong');
    return performance.now() - start;
  };
  const spent = { wrong: [await time(hash)], missing: [await time(null)] };
  for (let round = 0; round < 6; round += 1) {
    spent.wrong.push(await time(hash));
    spent.missing.push(await time(null));
  }
  const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[3] ?? Number.NaN;
  const ratio = median(spent.missing) / median(spent.wrong);
  expect(ratio).toBeGreaterThan(1 / 3);
  expect(ratio).toBeLessThan(3);
});

describe('stored hashes: after a good sign-in, a new one takes the place of', () => {
  test('one with less memory or fewer passes than are in force', async () => {
    const hash = await createCountedPasswords().hash(PASSWORD);
    expect(createCountedPasswords().needsRehash(hash, PASSWORD)).toBe(false);
    expect(createCountedPasswords({ memoryKiB: 2048 }).needsRehash(hash, PASSWORD)).toBe(true);
    expect(createCountedPasswords({ passes: 3 }).needsRehash(hash, PASSWORD)).toBe(true);
  });

  test.each(['argon2i', 'argon2d'])('one of %s, which is not what we make', async (algorithm) => {
    const hash = await createCountedPasswords().hash(PASSWORD);
    expect(createCountedPasswords().needsRehash(hash.replace('argon2id', algorithm), PASSWORD)).toBe(true);
  });

  test('one of an older version', async () => {
    const hash = await createCountedPasswords().hash(PASSWORD);
    expect(createCountedPasswords().needsRehash(hash.replace('v=19', 'v=16'), PASSWORD)).toBe(true);
  });
});

test('stored hashes: nobody waits for ever: a full lane says so', async () => {
  const lane = createHashingLane({ concurrency: 1, queue: 0 });
  const passwords = createPasswords({ lane, ...cheap });
  const running = passwords.hash(PASSWORD);
  const overloaded = expect.objectContaining({ code: 'overloaded' });
  await expect(passwords.hash(PASSWORD)).rejects.toEqual(overloaded);
  await expect(passwords.verify(null, PASSWORD)).rejects.toEqual(overloaded);
  expect(await passwords.verify(await running, PASSWORD)).toBe(true);
});
