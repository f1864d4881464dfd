import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEmailAddress } from '../../src/users/email-address.ts';
import { canonicalUsername, isUsername } from '../../src/users/username.ts';

test.each(['a', 'Z', '7', 'ann', 'Ann.Smith', 'ann-smith_7', 'a..b', '1_1', 'a'.repeat(64)])(
  'user name: %s is taken',
  (name) => {
    expect(isUsername(name)).toBe(true);
  },
);

test.each([
  '',
  '_ann',
  'ann_',
  '.ann',
  'ann.',
  '-ann',
  'ann-',
  'ann smith',
  ' ann',
  'ann\n',
  'ann\r\n',
  'ann\0',
  'ann@example.com',
  'ann@home',
  'ann\uff20home',
  'ann+1',
  'ann/..',
  'ann%00',
  'añn',
  'аnn', // Cyrillic
  'ann\u200b',
  '\uff41nn',
  'a'.repeat(65),
])('user name: %j is refused', (name) => {
  expect(isUsername(name)).toBe(false);
});

test('user name: compared without case', () => {
  expect(canonicalUsername('Ann.SMITH-7')).toBe('ann.smith-7');
});

test('user name: none is an address, and its canonical form is one too', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9]$/), (name) => {
      expect(isUsername(name)).toBe(true);
      expect(parseEmailAddress(name)).toBeNull();
      expect(isUsername(canonicalUsername(name))).toBe(true);
      expect(canonicalUsername(name.toUpperCase())).toBe(canonicalUsername(name));
    }),
  );
});
