import { expect, test } from 'vitest';
import { findPatterns } from '../../scripts/patterns/find.ts';
import { complaintsAbout } from '../../scripts/patterns/judge.ts';

test('patterns: literals and calls of RegExp are found, in any place of a file', () => {
  const text = String.raw`
const one = /a\/b/gu;
const schema = z.string().regex(/^[a-z]$/).describe('/no pattern/');
text.replace(new RegExp('c+', 'i'), () => RegExp("d").source);
new RegExp(known);
const copy = new RegExp(/e/);`;
  expect(findPatterns(text)).toEqual([
    { line: 2, source: String.raw`a\/b`, flags: 'gu' },
    { line: 3, source: '^[a-z]$', flags: '' },
    { line: 4, source: 'c+', flags: 'i' },
    { line: 4, source: 'd', flags: '' },
    { line: 5, source: null },
    { line: 6, source: 'e', flags: '' },
  ]);
});

test.each([
  ['two quantifiers around a separator', String.raw`/\s*,\s*(?:W\/)?|^W\//`],
  ['a search for the end', '/=+$/'],
  ['a search for the end of a line', '/%.*$/'],
  ['an unclosed string', String.raw`/"(?:[^"\\]|\\.)*"/g`],
  ['exponential backtracking', String.raw`/^(\w+\s?)*$/`],
  ['a pattern in quotes', "new RegExp('(a|a)+$')"],
])('patterns: %s is a complaint', (_, text) => {
  expect(complaintsAbout('some.ts', text)).toEqual([expect.stringMatching(/^some\.ts:1 .* takes .* time/)]);
});

test('patterns: what is put together at run time is a complaint', () => {
  expect(complaintsAbout('some.ts', '\nnew RegExp(known)')).toEqual([expect.stringContaining('some.ts:2 ')]);
});

test.each(['/^bearer ([A-Za-z0-9._~+/-]+=*)$/i', String.raw`/^\d{1,9}$/`, '/[^,]/g'])(
  'patterns: nothing is said of %s',
  (text) => {
    expect(complaintsAbout('some.ts', text)).toEqual([]);
  },
);
