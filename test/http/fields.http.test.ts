// Header fields that are longer than any reader needs: each is read as if it were empty.
import { expect, test } from 'vitest';
import { fieldLimits, type LimitedField } from '../../src/http/fields.ts';
import { bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from './failures.ts';

/** A value with the right beginning that is one character too long; without the last one it is taken. */
function pair(name: LimitedField, start: string, filler: string) {
  const longest = start.padEnd(fieldLimits[name], filler);
  return { longest, tooLong: longest + filler };
}

test('fields: an overlong Authorization is malformed, and its sender is not taken for a nameless one', async () => {
  const { api, secrets } = await startService({ clients: [backend] });
  const { tokens } = await api.signUp();
  const overlong = { Authorization: pair('authorization', `Bearer ${tokens.access_token}`, '=').tooLong };
  expectFailure(await api.send('GET', '/me', { headers: overlong }), 'problem', 401, 'invalid_token');
  expectFailure(await api.post('/logout', {}, overlong), 'problem', 401, 'invalid_token');
  const secret = Buffer.from(`${backend.id}:${secrets[backend.id]}`).toString('base64');
  const basic = { Authorization: `${pair('authorization', `Basic ${secret}`, ' ').longest}x` }; // trailing blanks are cut off
  const grant = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  expectFailure(await api.form('/token', grant, basic), 'oauth', 401, 'invalid_client');
  expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 200 });
});

test('fields: an overlong Content-Type is none that is accepted', async () => {
  const { api } = await startService();
  const { longest, tooLong } = pair('content-type', 'application/json;x=', 'y');
  const body = '{"email":"nobody@example.com"}';
  expect(await api.send('POST', '/password-reset', { body, headers: { 'Content-Type': longest } })).toMatchObject({
    status: 202,
  });
  const refused = await api.send('POST', '/password-reset', { body, headers: { 'Content-Type': tooLong } });
  expectFailure(refused, 'problem', 415, 'unsupported_media_type');
});

test('fields: an overlong If-None-Match is no condition', async () => {
  const { api } = await startService();
  const path = '/.well-known/jwks.json';
  const { longest, tooLong } = pair('if-none-match', `${(await api.get(path)).headers.get('etag')},`, 'x');
  expect(await api.send('GET', path, { headers: { 'If-None-Match': longest } })).toMatchObject({ status: 304 });
  expect(await api.send('GET', path, { headers: { 'If-None-Match': tooLong } })).toMatchObject({ status: 200 });
});

test('fields: an overlong Accept-Encoding is answered without compression', async () => {
  const { api } = await startService();
  const { longest, tooLong } = pair('accept-encoding', 'gzip,', 'x');
  const encodingFor = async (accepted: string) =>
    (await api.send('GET', '/docs', { headers: { 'Accept-Encoding': accepted } })).headers.get('content-encoding');
  expect([await encodingFor(longest), await encodingFor(tooLong)]).toEqual(['gzip', null]);
});

test('fields: an overlong Origin is not allowed', async () => {
  const origin = `https://${'a.'.repeat(253)}example`;
  const { api } = await startService({ env: { CORS_ORIGINS: `https://app.example,${origin}` } });
  expect(origin.length).toBeGreaterThan(fieldLimits.origin);
  const answer = await api.send('GET', '/me', { headers: { Origin: origin, ...bearer('x') } });
  expect(answer.headers.has('access-control-allow-origin')).toBe(false);
});
