import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { PASSWORD } from '../harness/api.ts';
import { createCountedPasswords } from './counted-passwords.ts';

/** The parts of a PHC string: https://github.com/P-H-C/phc-string-format */
function read(hash: string) {
  const [, algorithm, version, parameters = '', salt = '', digest = ''] = hash.split('$');
  return { algorithm, version, parameters: parameters.split(',').toSorted(), salt, digest };
}

describe('passwords: a stored hash', () => {
  test('is argon2id at the floor of OWASP, unless the configuration says more', async () => {
    const hash = await createCountedPasswords(parseConfig({}).passwords).hash(PASSWORD);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,/);
    expect(read(hash).parameters).toEqual(['m=19456', 'p=1', 't=2']);
  });

  test('has the parameters of the configuration', async () => {
    const hash = await createCountedPasswords({ memoryKiB: 2048, passes: 3 }).hash(PASSWORD);
    expect(read(hash)).toMatchObject({ algorithm: 'argon2id', version: 'v=19' });
    expect(read(hash).parameters).toEqual(['m=2048', 'p=1', 't=3']);
  });

  test('has a salt of its own, of 16 bytes at least', async () => {
    const passwords = createCountedPasswords();
    const [one, other] = [read(await passwords.hash(PASSWORD)), read(await passwords.hash(PASSWORD))];
    expect(Buffer.from(one.salt, 'base64').length).toBeGreaterThanOrEqual(16);
    expect(Buffer.from(one.digest, 'base64')).toHaveLength(32);
    expect(one.salt).not.toBe(other.salt);
    expect(one.digest).not.toBe(other.digest);
  });

  test('is verified with the password, and with no other', async () => {
    const passwords = createCountedPasswords();
    const hash = await passwords.hash(PASSWORD);
    expect(await passwords.verify(hash, PASSWORD)).toBe(true);
    expect(await passwords.verify(hash, `${PASSWORD}!`)).toBe(false);
    expect(await passwords.verify(hash, '')).toBe(false);
  });

  test('is verified whatever order its parameters are written in', async () => {
    const passwords = createCountedPasswords();
    const { salt, digest } = read(await passwords.hash(PASSWORD));
    for (const parameters of ['m=1024,t=2,p=1', 'm=1024,t=2,p=1']) {
      expect(await passwords.verify(`$argon2id$v=19$${parameters}$${salt}$${digest}`, PASSWORD)).toBe(true);
    }
  });

  test('outlives a change of the parameters', async () => {
    const hash = await createCountedPasswords().hash(PASSWORD);
    const stronger = createCountedPasswords({ memoryKiB: 2048, passes: 3 });
    expect(await stronger.verify(hash, PASSWORD)).toBe(true);
    expect(await stronger.verify(hash, 'wrong')).toBe(false);
  });
});

describe('passwords: every character counts', () => {
  test.each([
    ['after 72 bytes', `${'x'.repeat(72)}one`, `${'x'.repeat(72)}two`],
    ['at the end of 1024', `${'x'.repeat(1023)}1`, `${'x'.repeat(1023)}2`],
    ['spaces at the ends', ' correct horse ', 'correct horse'],
    ['spaces within', 'correct  horse', 'correct horse'],
    ['case', 'Correct Horse', 'correct horse'],
    ['after a NUL', 'correct\0horse', 'correct\0house'],
    ['a ligature', '\ufb01nd the horse', 'find the horse'],
    ['fullwidth letters', '\uff43orrect horse', 'correct horse'],
    ['an exponent', 'horses\u00b2', 'horses2'],
    ['a sharp s', 'stra\u00dfe und weg', 'strasse und weg'],
  ])('%s', async (_, one, other) => {
    const passwords = createCountedPasswords();
    const hash = await passwords.hash(one);
    expect(await passwords.verify(hash, one)).toBe(true);
    expect(await passwords.verify(hash, other)).toBe(false);
  });

  test.each([
    ['an accent', 'caf\u00e9 du coin', 'cafe\u0301 du coin'],
    ['Hangul', '\ud55c\uae00\ube44\ubc00\ubc88\ud638', '\ud55c\uae00\ube44\ubc00\ubc88\ud638'.normalize('NFD')],
    ['the sign of the ohm', '\u2126 resistance', '\u03a9 resistance'],
  ])('but not how %s was typed', async (_, one, other) => {
    const passwords = createCountedPasswords();
    expect(await passwords.verify(await passwords.hash(one), other)).toBe(true);
    expect(await passwords.verify(await passwords.hash(other), one)).toBe(true);
  });
});

describe('passwords: a new one', () => {
  const { findFault } = createCountedPasswords();

  test.each([
    ['as short as it may be', 'x'.repeat(8)],
    ['of lower-case letters alone', 'abcdefghijklmnopqrst'],
    ['of digits alone', '82736450'],
    ['of spaces', ' '.repeat(8)],
    ['of emoji', '🐴'.repeat(8)],
    ['of 64 code points', 'é'.repeat(64)],
    ['of 256 code points', '🐴'.repeat(256)],
    ['of 1024 bytes', 'x'.repeat(1024)],
    ['with a tab', 'correct\thorse'],
  ])('%s is taken', (_, password) => {
    expect(findFault(password)).toBeNull();
  });

  test.each([
    ['that is empty', '', 'password_too_short'],
    ['of seven characters', 'x'.repeat(7), 'password_too_short'],
    ['of four emoji, which are eight UTF-16 units', '🐴'.repeat(4), 'password_too_short'],
    ['of seven emoji', '🐴'.repeat(7), 'password_too_short'],
    ['of four letters with their accents apart', 'e\u0301'.repeat(4), 'password_too_short'],
    ['of 1025 bytes', 'x'.repeat(1025), 'password_too_long'],
    ['of 1026 bytes in 342 characters', '€'.repeat(342), 'password_too_long'],
    ['with a NUL', 'correct\0horse', 'password_control_character'],
    ['with a line break', 'correct\nhorse', 'password_control_character'],
    ['with a carriage return', 'correct\rhorse', 'password_control_character'],
  ])('%s is refused', (_, password, code) => {
    expect(findFault(password)).toEqual({ code, detail: expect.stringMatching(/^The password .*\.$/) });
  });

  test('is as long as the configuration asks', () => {
    const strict = createCountedPasswords({ minLength: 15 });
    expect(strict.findFault('x'.repeat(14))).toMatchObject({ code: 'password_too_short' });
    expect(strict.findFault('🐴'.repeat(8))).toMatchObject({ code: 'password_too_short' });
    expect(strict.findFault('🐴'.repeat(15))).toBeNull();
  });

  test('is not repeated when it is refused', () => {
    const fault = findFault('hunter2');
    expect(JSON.stringify(fault)).not.toContain('hunter2');
  });

  test('is judged without a hash', () => {
    const passwords = createCountedPasswords();
    passwords.findFault('x'.repeat(1025));
    passwords.findFault(PASSWORD);
    expect(passwords.runs()).toBe(0);
  });
});
