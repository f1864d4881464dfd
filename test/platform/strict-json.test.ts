import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictObject } from '../../src/platform/strict-json.ts';

/** An object that is `depth` levels deep, arrays and objects in turn. */
function nested(depth: number): string {
  const levels = Array.from({ length: depth - 1 }, (_, at) => (at % 2 ? ['{"a":', '}'] : ['[', ']']));
  const opening = levels.map(([open]) => open).join('');
  const closing = levels.map(([, close]) => close).reverse();
  return `{"a":${opening}1${closing.join('')}}`;
}

const accepted = [
  ['an empty object', '{}'],
  ['white space around everything', ' {\t"a" :\r\n1 , "b": [ 2 ] } '],
  ['every kind of value', '{"a":"x","b":-1.5e3,"c":true,"d":null,"e":[1,"2"],"f":{"g":{}}}'],
  ['the same name on two levels', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'],
  ['a string that looks like members', String.raw`{"a":"{\"b\":1,\"b\":2}","b":"\\"}`],
  ['a colon, brackets and digits in strings', '{"a:":"[[[[[[[[[[","b":":1e999"}'],
  ['a pair of surrogates, escaped and not', '{"a":"\\ud83d\\ude00","b":"😀"}'],
  ['eight levels', nested(8)],
  ['the largest number', '{"a":1.7976931348623157e308,"b":-0}'],
] as const;

test.each(accepted)('json: %s is read as JSON.parse reads it', (_, text) => {
  expect(parseStrictObject(text)).toEqual(JSON.parse(text));
});

const refused = [
  ['nothing', ''],
  ['white space', ' '],
  ['a truncated object', '{"a":1'],
  ['a trailing comma', '{"a":1,}'],
  ['a comment', '{"a":1}// b'],
  ['two objects', '{}{}'],
  ['a byte order mark', '\uFEFF{"a":1}'],
  ['a string', '"a"'],
  ['a number', '1'],
  ['null', 'null'],
  ['an array', '[{"a":1}]'],
  ['NaN', '{"a":NaN}'],
  ['Infinity', '{"a":Infinity}'],
  ['a raw control character in a string', '{"a":"\u0001"}'],
  ['a member given twice', '{"a":1,"a":1}'],
  ['a member given twice, once in escapes', String.raw`{"a":1,"\u0061":2}`],
  ['a member given twice in an inner object', '{"a":[{"b":1,"c":{},"b":2}]}'],
  ['a member given twice around an inner object', '{"a":{"b":[]},"a":2}'],
  ['a ninth level', nested(9)],
  ['five thousand levels', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ['a number that overflows', '{"a":1e999}'],
  ['a negative number that overflows, in an array', '{"a":[0,-1e999]}'],
  ['a lone high surrogate', String.raw`{"a":"\ud800"}`],
  ['a lone low surrogate in a name', String.raw`{"\udc00":1}`],
  ['surrogates in the wrong order', String.raw`{"a":"\udc00\ud800"}`],
  ['__proto__', '{"__proto__":{"polluted":1}}'],
  ['__proto__ in escapes', String.raw`{"\u005f_proto__":{"polluted":1}}`],
  ['constructor in an inner object', '{"a":{"constructor":{"prototype":{"polluted":1}}}}'],
  ['toString', '{"toString":1}'],
  ['hasOwnProperty', '{"hasOwnProperty":1}'],
] as const;

test.each(refused)('json: %s is refused', (_, text) => {
  expect(parseStrictObject(text)).toBeNull();
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

const safeName = fc.string({ unit: 'grapheme' }).filter((name) => !(name in Object.prototype));
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
const value = fc.oneof(scalar, fc.constant(null), fc.array(scalar), fc.dictionary(safeName, scalar));

test('json: whatever JSON.stringify makes of an object with safe names is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(safeName, value), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
      const text = JSON.stringify(object, null, space);
      expect(parseStrictObject(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('json: a name given twice is refused wherever the second one stands and however it is escaped', () => {
  const object = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value, { minKeys: 1 });
  fc.assert(
    fc.property(object, fc.nat(), (members, at) => {
      const names = Object.keys(members);
      const again = `"${escaped(names[at % names.length] ?? '')}":0`;
      const text = JSON.stringify(members);
      expect(parseStrictObject(`{${again},${text.slice(1)}`)).toBeNull();
      expect(parseStrictObject(`${text.slice(0, -1)},${again}}`)).toBeNull();
    }),
  );
});

/** The letters as JSON escapes. */
function escaped(name: string): string {
  return [...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
