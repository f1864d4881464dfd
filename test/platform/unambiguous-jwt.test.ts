import { expect, test } from 'vitest';
import { isUnambiguous } from '../../src/platform/unambiguous-jwt.ts';

const tokenOf = (header: string | Buffer, claims: string | Buffer) =>
  `${Buffer.from(header).toString('base64url')}.${Buffer.from(claims).toString('base64url')}.c2ln`;

test.each([
  ['{"alg":"ES256"}', '{"sub":"ann"}'],
  ['{"alg":"ES256","typ":"JWT"}', '{"sub":"ann","act":{"sub":"bob"},"aud":["a","a"]}'],
  ['{}', '{}'],
])('jwt: %s with %s is unambiguous', (header, claims) => {
  expect(isUnambiguous(tokenOf(header, claims))).toBe(true);
});

test.each([
  ['a header with a name twice', tokenOf('{"alg":"none","alg":"ES256"}', '{}')],
  ['claims with a name twice', tokenOf('{}', '{"sub":"ann","sub":"ann"}')],
  ['claims with a name twice, once in escapes', tokenOf('{}', String.raw`{"sub":"ann","\u0073ub":"bob"}`)],
  ['claims with a name twice in a list', tokenOf('{}', '{"a":[{"b":1,"b":2}]}')],
  ['a list for claims', tokenOf('{}', '[]')],
  ['bytes that are not UTF-8', tokenOf('{}', Buffer.from('{"a":"\xff"}', 'latin1'))],
  ['a byte order mark', tokenOf('{}', '\uFEFF{}')],
  ['no claims', tokenOf('{}', '')],
  ['one part', 'e30'],
  ['nothing', ''],
])('jwt: %s is not unambiguous', (_, token) => {
  expect(isUnambiguous(token)).toBe(false);
});
