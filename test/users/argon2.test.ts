// The library that is quick, judged by the one that has been there for long.
import { argon2d, argon2i, argon2id, hash, verify } from 'argon2';
import { describe, expect, test } from 'vitest';
import { hashArgon2, verifyArgon2 } from '../../src/users/argon2.ts';

const passwords = ['correct horse battery', '', 'ünïcödé 🔑', 'with\ttabs and "quotes"', 'x'.repeat(1024)];
const cost = { memoryKiB: 1024, passes: 2 };

test.each(passwords)('argon2: what is made here the judge finds right, and nothing else: %.20s', async (password) => {
  const made = await hashArgon2(password, cost);
  expect(made).toMatch(/^\$argon2id\$v=19\$m=1024,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verify(made, password)).toBe(true);
  expect(await verify(made, `${password}x`)).toBe(false);
});

test('argon2: no two hashes of a password are the same', async () => {
  expect(await hashArgon2('correct horse battery', cost)).not.toBe(await hashArgon2('correct horse battery', cost));
});

describe.each([
  ['argon2id', { type: argon2id }],
  ['argon2i', { type: argon2i }],
  ['argon2d', { type: argon2d }],
  ['two lanes', { type: argon2id, parallelism: 2 }],
  ['version 1.0', { type: argon2id, version: 0x10 }],
  ['a long hash', { type: argon2id, hashLength: 80 }],
  ['a long salt', { type: argon2id, salt: Buffer.alloc(60, 7) }],
  ['a short salt', { type: argon2id, salt: Buffer.alloc(8, 7) }],
] as const)('argon2: of the judge, %s', (_, options) => {
  test.each(passwords)('is read here: %.20s', async (password) => {
    const made = await hash(password, { memoryCost: 1024, timeCost: 2, parallelism: 1, ...options });
    expect(await verifyArgon2(made, password)).toBe(true);
    expect(await verifyArgon2(made, `${password}x`)).toBe(false);
  });
});

test.each(['', '$argon2id$', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdA$aGFzaA', 'plain'])(
  'argon2: what is no hash is no wrong password: %s',
  async (stored) => {
    await expect(verifyArgon2(stored, 'correct horse battery')).rejects.toThrow();
  },
);
