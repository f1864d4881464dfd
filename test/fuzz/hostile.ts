// test/fuzz/hostile.ts: what nobody means well with. In each piece of text there is a word that must not come back.
import fc from 'fast-check';
import { CANARY } from '../http/failures.ts';

/** Often the first, now and then one of the others. */
export function mostly<Value>(usual: fc.Arbitrary<Value>, ...others: fc.Arbitrary<Value>[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 7, arbitrary: usual }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

/** For what spoils the whole message: of such things there are several. */
export function seldom<Value>(usual: Value, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 24, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

const odd = [
  ...[
    '',
    ' ',
    '\0',
    '\r\n',
    'a\r\nSet-Cookie: a=b',
    '\t',
    '\x7F',
    '\uFEFF',
    '\u200B',
    '\u202E',
    '\u2028',
    '😀',
    'é',
    'e\u0301',
  ],
  ...[
    "' or 1=1 --",
    '"; drop table users; --',
    "\\'; select pg_sleep(9); --",
    '%',
    '_',
    '%_%\\',
    '*',
    '#{7*7}',
    '{{7*7}}',
  ],
  ...['../..', '..', '.', '/etc/passwd', '\\..\\', 'file:///etc/passwd', 'http://[::1]/', 'javascript:alert(1)', '<b>'],
  ...['{"$ne":null}', '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', '-1', '0', '1e999', 'true'],
  ...[
    '00000000-0000-0000-0000-000000000000',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '(((((((((a+)+)+',
  ],
  ...[
    'eyJhbGciOiJub25lIn0.e30.',
    'a.b.c',
    '....',
    '$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA',
    'admin',
    'user',
    'first-party',
  ],
];

/** Text of any script and none, without half characters. */
export const hostileText = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }), fc.constantFrom(...odd))
  .chain((some) => fc.constantFrom(some + CANARY, CANARY + some, some));

const halves = ['"\\ud800"', `"\\udfff${CANARY}"`, `"${CANARY}\\u0000"`, '"\\u202e"', '"\\ud83d\\ude00"'];
const numbers = [
  '1e999',
  '-1e999',
  '1e-999',
  '-0',
  '0',
  '9007199254740993',
  '1.5',
  '00',
  '0x10',
  '1'.repeat(400),
  'NaN',
];
const orm = [
  '{"$ne":null}',
  '{"$gt":""}',
  '{"$like":"%"}',
  '{"$or":[{},{}]}',
  '{"$in":["admin"]}',
  '{"$raw":"1=1"}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":null,"valueOf":null}',
  '{"toJSON":1,"length":-1,"then":true}',
];
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const deep = [nested(8), nested(9), nested(2000), `${'{"a":'.repeat(7)}1${'}'.repeat(7)}`, '{"a":'.repeat(99)];
const wrong = [
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '""',
  '"\n"',
  "'a'",
  '',
  '/**/1',
  `{"a":1,"a":2}`,
];

/** JSON of a value, or what only looks so. */
export const hostileJson = fc.oneof(
  { weight: 4, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 3, arbitrary: fc.constantFrom(...wrong) },
  { weight: 2, arbitrary: fc.constantFrom(...orm) },
  { weight: 1, arbitrary: fc.constantFrom(...halves) },
  { weight: 1, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.constantFrom(...deep) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.constantFrom(300, 1100, 5000, 17_000).map((size) => `"${CANARY}${'x'.repeat(size)}"`) },
);

const known = ['grant_type', 'username', 'password', 'refresh_token', 'client_id', 'scope', 'email', 'token', 'roles'];
const special = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'a[b]',
  'a.b',
  'id',
  'isAdmin',
  'disabled',
];

/** A plain name is told back when it is not known, so the word is only in those that are not plain. */
export const hostileName = fc.oneof(
  fc.constantFrom(...known),
  fc.constantFrom(...special),
  fc.string({ unit: 'binary', maxLength: 10 }).map((some) => `${some}--${CANARY}`),
);

/** Fields that say how long the message is, or where it ends, are not left to chance. */
const harmless = ['User-Agent', 'Origin', 'Accept', 'X-Forwarded-For', 'Cookie', 'Range', 'If-None-Match', 'Referer'];
const telling = [
  'Host',
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Idempotency-Key',
  'X-HTTP-Method-Override',
];

export const hostileField = fc
  .tuple(
    mostly(fc.constantFrom(...harmless), fc.constantFrom(...telling), fc.stringMatching(/^X-[A-Za-z0-9_-]{1,20}$/)),
    fc.stringMatching(/^[\t\x20-\x7E\x80-\xFF]{0,60}$/),
  )
  .map(([key, some]) => `${key}: ${CANARY}${some}`);

/** Behind a target: of what may be in one, and broken escapes. */
export const hostileTail = fc.oneof(
  fc.stringMatching(/^[!-~]{0,40}$/).map((some) => `?${some}--${CANARY}`),
  fc.constantFrom(
    '?',
    '?%',
    '?%ZZ=%00',
    '?%ED%A0%80=%FF',
    '%00',
    '%ff',
    '%ED%A0%80',
    '/',
    '//',
    ';a=b',
    '?a=1&a=2',
    '#a',
  ),
  fc.constantFrom('?limit=1&limit=2', '?limit[]=1', '?query=%25&query=%5F', '?__proto__[polluted]=1', '?constructor=1'),
);
