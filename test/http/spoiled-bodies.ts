// test/http/spoiled-bodies.ts: JSON that two parsers could read in two ways, or that no parser should read at all.
import { CANARY } from './failures.ts';

/** Another member in front of the good ones, as JSON text. */
export function also(member: string) {
  return (good: string) => `{${member},${good.slice(1)}`;
}

export function bytes(text: string, encoding: BufferEncoding = 'latin1'): Buffer {
  return Buffer.from(text, encoding);
}

function lastOf(good: string): [name: string, value: unknown] {
  const last = Object.entries<unknown>(JSON.parse(good)).at(-1);
  if (!last) throw new Error('An empty body has no member to be given twice.');
  return last;
}

function escaped(name: string): string {
  return `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
}

/** What a good body is spoiled with. Each alone is enough to refuse all of it. */
export const spoiledJson: Readonly<Record<string, (good: string) => string | Buffer>> = {
  truncated: (good) => good.slice(0, -1),
  'a comma at the end': (good) => good.replace(/}$/, ',}'),
  'single quotes': (good) => good.replaceAll('"', "'"),
  'a second value': (good) => good + good,
  'not JSON at all': () => CANARY,
  'a string': (good) => JSON.stringify(good),
  'a number': () => '17',
  null: () => 'null',
  'an array': (good) => `[${good}]`,
  'white space': () => '  ',
  'a byte order mark': (good) => `\uFEFF${good}`,
  'UTF-16': (good) => bytes(good, 'utf16le'),
  'invalid UTF-8': (good) => bytes(also(`"x":"${CANARY}\xFF"`)(good)),
  'overlong UTF-8': (good) => bytes(also(`"x":"${CANARY}\xC0\xAF"`)(good)),
  'truncated UTF-8 in a name': (good) => bytes(also(`"${CANARY}\xE2\x82":1`)(good)),
  'a lone surrogate': also(String.raw`"x":"${CANARY}\ud800"`),
  'a lone surrogate in a name': also(String.raw`"${CANARY}\udc00":1`),
  'a number that overflows': also('"x":1e999'),
  NaN: also('"x":NaN'),
  'a member twice': (good) => also(`"${lastOf(good)[0]}":"${CANARY}"`)(good),
  'the same member twice': (good) => also(JSON.stringify(Object.fromEntries([lastOf(good)])).slice(1, -1))(good),
  'a member twice, once in escapes': (good) => also(`"${escaped(lastOf(good)[0])}":"${CANARY}"`)(good),
  'an inner member twice': also(`"x":{"y":1,"y":"${CANARY}"}`),
  'nine levels': also(`"x":${'['.repeat(8)}${']'.repeat(8)}`),
  'a thousand levels': also(`"x":${'['.repeat(1000)}${']'.repeat(1000)}`),
  'five thousand levels': also(`"x":${'{"x":'.repeat(2500)}1${'}'.repeat(2500)}`),
  __proto__: also('"__proto__":{"polluted":1}'),
  '__proto__ further in': also('"x":{"__proto__":{"polluted":1}}'),
  constructor: also('"constructor":{"prototype":{"polluted":1}}'),
  toString: also('"toString":"x"'),
  hasOwnProperty: also('"hasOwnProperty":"x"'),
};
