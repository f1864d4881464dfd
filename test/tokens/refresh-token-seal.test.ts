import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecretRing } from '../../src/platform/secrets.ts';
import { createRefreshTokenSeal } from '../../src/tokens/refresh-token-seal.ts';

const purpose = 'refresh tokens';
const sealWith = (...secrets: string[]) => createRefreshTokenSeal(createSecretRing(secrets).keysFor(purpose));
const seal = sealWith('a secret');
const turn = { sessionId: '01a1fde8-06a4-7d91-84f5-94c8f4326d7c', generation: 7 };

const anyTurn = fc.record({ sessionId: fc.uuid(), generation: fc.nat(2 ** 32 - 1) });

test('seal: what was sealed is what opens', () => {
  fc.assert(
    fc.property(anyTurn, (one) => {
      expect(seal.open(seal.seal(one))).toEqual(one);
    }),
  );
});

test('seal: the same turn always gives the same token, so that a retry can be given it again', () => {
  expect(seal.seal(turn)).toBe(seal.seal({ ...turn }));
  expect(seal.seal(turn)).toMatch(/^lkr_[\w-]{76}$/);
});

test('seal: two turns never share a token', () => {
  fc.assert(
    fc.property(anyTurn, anyTurn, (one, other) => {
      fc.pre(one.sessionId !== other.sessionId || one.generation !== other.generation);
      expect(seal.seal(one)).not.toBe(seal.seal(other));
    }),
  );
});

test('open: one flipped bit anywhere is refused', () => {
  const bytes = Buffer.from(seal.seal(turn).slice(4), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(seal.open(`lkr_${altered.toString('base64url')}`)).toBeNull();
  }
});

test('open: arbitrary text is refused without an exception', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(seal.open(text)).toBeNull();
    }),
  );
  fc.assert(
    fc.property(fc.base64String(), (text) => {
      expect(seal.open(`lkr_${text}`)).toBeNull();
    }),
  );
});

test.each([
  ['nothing', ''],
  ['the prefix alone', 'lkr_'],
  ['no prefix', seal.seal(turn).slice(4)],
  ['one character less', seal.seal(turn).slice(0, -1)],
  ['one character more', `${seal.seal(turn)}A`],
  ['padding', `${seal.seal(turn)}=`],
  ['upper case', seal.seal(turn).toUpperCase()],
  ['white space', ` ${seal.seal(turn)}`],
  ['a line break', `${seal.seal(turn)}\n`],
])('open: %s is refused', (_, token) => {
  expect(seal.open(token)).toBeNull();
});

test('open: a token of another deployment, or of another purpose, is refused', () => {
  expect(sealWith('another secret').open(seal.seal(turn))).toBeNull();
  const otherPurpose = createRefreshTokenSeal(createSecretRing(['a secret']).keysFor('one-time codes'));
  expect(otherPurpose.open(seal.seal(turn))).toBeNull();
});

test('open: an older secret goes on opening until it leaves the ring', () => {
  expect(sealWith('newer', 'a secret').open(seal.seal(turn))).toEqual(turn);
  expect(sealWith('newer').open(seal.seal(turn))).toBeNull();
});
