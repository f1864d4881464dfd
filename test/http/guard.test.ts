import { expect, test } from 'vitest';
import { anyone, bearerToken } from '../../src/http/guard.ts';
import { theService } from '../../src/platform/origin.ts';

const read = [
  ['a token', 'Bearer abc', 'abc'],
  ['a scheme in small letters', 'bearer abc', 'abc'],
  ['a scheme in capitals', 'BEARER abc', 'abc'],
  ['every character of the grammar', 'Bearer aZ09-._~+/==', 'aZ09-._~+/=='],
] as const;

test.each(read)('bearerToken: %s is read', (_, authorization, token) => {
  expect(bearerToken(authorization)).toBe(token);
});

test('bearerToken: no header at all is told apart from a bad one', () => {
  expect(() => bearerToken(undefined)).toThrow(expect.objectContaining({ code: 'token_missing' }));
});

const refused = [
  ['an empty header', ''],
  ['a scheme alone', 'Bearer'],
  ['a scheme and a space', 'Bearer '],
  ['two spaces', 'Bearer  abc'],
  ['a tab', 'Bearer\tabc'],
  ['two tokens', 'Bearer abc def'],
  ['two values joined by a comma', 'Bearer abc, Bearer def'],
  ['a space in front', ' Bearer abc'],
  ['a line break at the end', 'Bearer abc\n'],
  ['padding alone', 'Bearer =='],
  ['padding in the middle', 'Bearer a=b'],
  ['a character outside of the grammar', 'Bearer a"b'],
  ['an escape', 'Bearer %E0%A4'],
  ['a letter outside of ASCII', 'Bearer \u212Aey'],
  ['another scheme', 'Basic YTpi'],
  ['a token alone', 'abc'],
  ['a scheme that only begins like ours', 'Bearerx abc'],
] as const;

test.each(refused)('bearerToken: %s is not a token', (_, authorization) => {
  expect(() => bearerToken(authorization)).toThrow(expect.objectContaining({ code: 'invalid_token' }));
});

test('anyone: nothing is asked, and nothing is known of the caller', async () => {
  const parameters = () => Promise.reject(new Error('The body is nobody’s business.'));
  expect(await anyone.admit({ authorization: 'nonsense', parameters, origin: theService() })).toBeNull();
});
