import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formDecode, parseForm } from '../../src/http/form.ts';

const accepted = [
  ['nothing', '', {}],
  ['two parameters', 'a=1&b=2', { a: '1', b: '2' }],
  ['plus signs and escapes', 'a+b=1+2%2B3&c=%E2%82%AC', { 'a b': '1 2+3', c: '€' }],
  ['a value with equals signs', 'a=b=c==', { a: 'b=c==' }],
  ['parameters without a value, as if they were not there', 'a=&b&c=1', { c: '1' }],
  ['brackets, as part of a name', 'a[b]=1&a[]=2', { 'a[b]': '1', 'a[]': '2' }],
  ['commas and semicolons, as part of a value', 'a=1,2;b=3', { a: '1,2;b=3' }],
  ['an ampersand at the end', 'a=1&', { a: '1' }],
] as const;

test.each(accepted)('form: %s is read', (_, text, expected) => {
  expect(parseForm(text)).toEqual(expected);
});

const refused = [
  ['a parameter given twice', 'a=1&a=1'],
  ['a parameter given twice, once in escapes', 'a=1&%61=2'],
  ['a parameter given twice, once without a value', 'a=&b=1&a=2'],
  ['a broken escape in a value', 'a=%zz'],
  ['a truncated escape', 'a=%4'],
  ['a broken escape in a name', '%=1'],
  ['bytes that are not UTF-8', 'a=%FF%FE'],
  ['an overlong encoding', 'a=%C0%AF'],
  ['an encoded surrogate', 'a=%ED%A0%80'],
  ['__proto__', '__proto__=1'],
  ['__proto__ in escapes', '%5F_proto__=1'],
  ['constructor', 'constructor=1'],
  ['toString without a value', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty=1'],
] as const;

test.each(refused)('form: %s is refused', (_, text) => {
  expect(() => parseForm(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('form: one name or value is decoded by itself, and a broken one throws', () => {
  expect(formDecode('a+b%2Bc')).toBe('a b+c');
  expect(() => formDecode('%E0%A4')).toThrow(URIError);
});

const text = fc.string({ unit: 'grapheme' });
const name = text.filter((candidate) => !(candidate in Object.prototype));

test('form: what URLSearchParams writes is read back, without the empty values', () => {
  fc.assert(
    fc.property(fc.dictionary(name, text), (parameters) => {
      const given = Object.entries(parameters).filter(([, value]) => value !== '');
      expect(Object.entries(parseForm(new URLSearchParams(parameters).toString()))).toEqual(given);
    }),
  );
});
