import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readForeignHash } from '../../src/users/foreign-hashes.ts';
import { decoyOf, readableHash } from '../../src/users/stored-hash.ts';
import vectors from './foreign-hash-vectors.json' with { type: 'json' };

/** The same texts in every run; fast-check prints the seed and the path to the one that failed. */
const SEED = 9457;

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./+-_$:,= \n\0é🔑'];

/** Those that are checked in a moment. */
const cheap = vectors.filter(({ hash }) => !/00000\$|:260000\$|\$12\$|:32768:|ln=14/.test(hash));

const aVector = fc.constantFrom(...vectors);
const aLetter = fc.constantFrom(...LETTERS);
const aPlace = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Some letters of the text give way to others, anywhere. */
const anEdit = fc.record({ place: aPlace, removed: fc.nat(3), added: fc.string({ unit: aLetter, maxLength: 3 }) });
type Edit = typeof anEdit extends fc.Arbitrary<infer Value> ? Value : never;

function edited(text: string, { place, removed, added }: Edit): string {
  const at = Math.floor(place * (text.length + 1));
  return text.slice(0, at) + added + text.slice(at + removed);
}

/** One letter of the checksum, which is what comes after the last sign, becomes another. */
function withOtherChecksum(hash: string, place: number, letter: string): string {
  const start = hash.startsWith('$2') || hash.includes('$$2') ? hash.length - 31 : hash.lastIndexOf('$') + 1;
  const at = start + Math.floor(place * (hash.length - start));
  return hash.slice(0, at) + letter + hash.slice(at + 1);
}

test('foreign hashes: any text, is read or is unknown, without a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: aLetter })), (text) => {
      expect(readForeignHash(text)).toBeNull();
    }),
    { seed: SEED, numRuns: 5_000 },
  );
});

test('foreign hashes: an edited vector, is read or is unknown, without a throw', () => {
  let known = 0;
  fc.assert(
    fc.property(aVector, fc.array(anEdit, { minLength: 1, maxLength: 4 }), ({ hash }, edits) => {
      if (readForeignHash(edits.reduce(edited, hash))) known += 1;
    }),
    { seed: SEED, numRuns: 20_000 },
  );
  expect(known).toBeGreaterThan(100);
});

test('foreign hashes: a vector with another checksum, never matches', { timeout: 120_000 }, async () => {
  let known = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...cheap), aPlace, aLetter, async ({ hash, password }, place, letter) => {
      const other = withOtherChecksum(hash, place, letter);
      fc.pre(other !== hash);
      const read = readableHash(other);
      if (!read) return;
      known += 1;
      expect(await read.verify(password), other).toBe(false);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  expect(known).toBeGreaterThan(500);
});

test('foreign hashes: any other password, never matches', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...cheap), fc.string({ unit: 'binary' }), async ({ hash, password }, other) => {
      fc.pre(other !== password);
      expect(await readableHash(hash)?.verify(other)).toBe(false);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('foreign hashes: the decoy of a vector is of the same kind, and is no hash of its password', {
  timeout: 120_000,
}, async () => {
  for (const { hash, password } of vectors) {
    const decoy = decoyOf(hash);
    expect(decoy).toHaveLength(hash.length);
    expect(decoyOf(hash)).not.toBe(decoy);
    expect(readableHash(decoy)?.kind, hash).toBe(readableHash(hash)?.kind);
    expect(await readableHash(decoy)?.verify(password), decoy).toBe(false);
  }
});
