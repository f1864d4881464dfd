import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCursors } from '../../src/platform/cursor.ts';
import { createSecretRing } from '../../src/platform/secrets.ts';

const OLD = 'an old secret that only the tests may know';
const NEW = 'a new secret that only the tests may know';

const cursorsOf = (...secrets: string[]) => createCursors(createSecretRing(secrets).keysFor('cursors of lists'));

test('cursor: opens to the position that it was sealed with, for its own list only', () => {
  const { seal, open } = cursorsOf(OLD);
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'grapheme', maxLength: 400 }), (list, position) => {
      fc.pre(position.isWellFormed() && list.isWellFormed());
      const cursor = seal(list, position);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(open(list, cursor)).toBe(position);
      expect(open(`${list}s`, cursor)).toBeNull();
    }),
    { seed: 2119 },
  );
});

test.each(['\0', '\u0080', 'a\0\0', '\u0080\0', '', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65)])(
  'cursor: the padding is no part of the position %j',
  (position) => {
    const { seal, open } = cursorsOf(OLD);
    expect(open('users', seal('users', position))).toBe(position);
  },
);

test('cursor: shows nothing of the position, in whatever encoding', () => {
  const { seal } = cursorsOf(OLD);
  const position = 'ann.smith@example.com';
  const cursor = seal('users', position);
  for (const part of [position, 'ann', 'smith', 'example']) {
    for (const encoding of ['utf8', 'latin1', 'base64', 'base64url', 'hex'] as const) {
      expect(Buffer.from(cursor, 'base64url').toString(encoding)).not.toContain(part);
    }
    for (const shift of ['', 'x', 'xx']) {
      const encoded = Buffer.from(shift + part)
        .toString('base64url')
        .slice(2, -2);
      expect(encoded.length < 4 || !cursor.includes(encoded), encoded).toBe(true);
    }
  }
});

test('cursor: neither its length nor a repetition tells which position it is', () => {
  const { seal } = cursorsOf(OLD);
  const ids = ['a@b.example', 'a.rather.long.name.of.somebody@mail.department.example', 'x'];
  expect(new Set(ids.map((id) => seal('users', id).length)).size).toBe(1);
  expect(seal('users', 'a@b.example')).not.toBe(seal('users', 'a@b.example'));
});

test('cursor: the longest address that there is fits into a query parameter', () => {
  const longest = `${'é'.repeat(64)}@${'ü.'.repeat(95)}example`;
  expect(cursorsOf(OLD).seal('users', longest).length).toBeLessThanOrEqual(1000);
});

test('cursor: one that was altered anywhere is refused', () => {
  const { seal, open } = cursorsOf(OLD);
  const bytes = Buffer.from(seal('users', 'ann@example.com'), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(open('users', altered.toString('base64url')), String(at)).toBeNull();
  }
  for (const length of [0, 1, 31, 32, 33, 95, bytes.length - 1]) {
    expect(open('users', bytes.toString('base64url', 0, length)), String(length)).toBeNull();
  }
  const cursor = bytes.toString('base64url');
  for (const other of [`${cursor}=`, `${cursor}AAAA`, ` ${cursor}`, `${cursor}\n`, cursor.toUpperCase(), '']) {
    expect(open('users', other)).toBeNull();
  }
});

test('cursor: opens as long as its secret is in the ring, and with no key of another purpose', () => {
  const cursor = cursorsOf(OLD).seal('users', 'ann@example.com');
  expect(cursorsOf(NEW, OLD).open('users', cursor)).toBe('ann@example.com');
  expect(cursorsOf(NEW).open('users', cursor)).toBeNull();
  expect(createCursors(createSecretRing([OLD]).keysFor('refresh tokens')).open('users', cursor)).toBeNull();
});
