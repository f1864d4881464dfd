import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../src/config.ts';
import { signingAlgorithms } from '../../src/keys/signing-key.ts';
import { User } from '../../src/users/user.ts';
import { secondClient } from '../harness/clients.ts';
import { type RunningService, startService } from '../harness/service.ts';

const NumericDate = z.int();

/** Design section 4, for a person without particular roles. Strict: one claim more is one too many. */
const Claims = z.strictObject({
  iss: z.string(),
  sub: z.uuid(),
  aud: z.string(),
  client_id: z.string(),
  exp: NumericDate,
  iat: NumericDate,
  jti: z.uuid(),
  scope: z.string(),
  sid: z.uuid(),
  auth_time: NumericDate,
  amr: z.array(z.string()),
});

const KeySet = z.object({ keys: z.array(z.object({ kid: z.string() })) });

/** Everything about a person that could find its way into a token. */
const person = {
  email: 'ada.lovelace@mail.example',
  preferred_username: 'countess',
  given_name: 'Augusta',
  family_name: 'Byron',
  name: 'Augusta Ada King',
  locale: 'en-GB',
  zoneinfo: 'Europe/London',
};

test.each(signingAlgorithms)('access token: under %s the header is typ, alg and a published kid', async (alg) => {
  const { api } = await startService({ env: { SIGNING_ALG: alg } });
  const { tokens } = await api.signUp();
  const [key] = KeySet.parse((await api.get('/.well-known/jwks.json')).body).keys;
  expect(decodeProtectedHeader(tokens.access_token)).toStrictEqual({ typ: 'at+jwt', alg, kid: key?.kid });
});

test('access token: the claims are those of a person who has signed in, and no others', async () => {
  const { api, clock, config } = await startService();
  const { tokens, user } = await api.signUp(person);
  const now = Math.floor(clock.now().getTime() / 1000);
  expect(claimsOf(tokens.access_token)).toMatchObject({
    iss: config.issuer,
    aud: config.issuer,
    sub: user.id,
    client_id: 'first-party',
    sid: tokens.session_id,
    scope: '',
    iat: now,
    auth_time: now,
    amr: ['pwd'],
  });
});

test('access token: sign-up, sign-in and refresh give the same claims', async () => {
  const { api } = await startService();
  const { tokens: first } = await api.signUp(person);
  const tokens = [first, await api.signIn(person.email), await api.refresh(first.refresh_token)];
  for (const { access_token } of tokens) expect(Claims.safeParse(decodeJwt(access_token)).error).toBeUndefined();
  expect(new Set(tokens.map(({ access_token }) => claimsOf(access_token).jti)).size).toBe(tokens.length);
});

test('access token: client, audience and scope are those of the sign-in', async () => {
  const { api } = await startService({ clients: [secondClient] });
  await api.signUp(person);
  const { access_token, scope } = await api.signIn(person.email, { client_id: secondClient.id, scope: 'notes:read' });
  const { id: client_id, audiences } = secondClient;
  expect(claimsOf(access_token)).toMatchObject({ client_id, aud: audiences[0], scope: 'notes:read' });
  expect(scope).toBe('notes:read');
});

test('access token: particular roles are told, the one that everybody has is not', async () => {
  const service = await startService();
  const { tokens, user } = await service.api.signUp(person);
  await giveRoles(service, user.id, ['user', 'admin', 'editor']);
  const { access_token } = await service.api.refresh(tokens.refresh_token);
  const { roles, ...others } = decodeJwt(access_token);
  expect(roles).toEqual(['admin', 'editor']);
  expect(Claims.safeParse(others).error).toBeUndefined();
});

test.each([
  ['', 300],
  ['1s', 1],
  ['15m', 900],
  ['1h', 3600],
])('access token: ACCESS_TOKEN_TTL=%s makes a life of %i seconds, as announced', async (ttl, seconds) => {
  const { api } = await startService({ env: { ACCESS_TOKEN_TTL: ttl } });
  const { tokens } = await api.signUp();
  const { exp, iat } = claimsOf(tokens.access_token);
  expect([exp - iat, tokens.expires_in]).toEqual([seconds, seconds]);
  expect(tokens.refresh_after).toBeLessThan(seconds);
});

test('access token: a life of more than an hour is not configured', () => {
  expect(() => parseConfig({ ACCESS_TOKEN_TTL: '3601s' })).toThrow('ACCESS_TOKEN_TTL');
});

test('access token: clients are told to refresh late in its life and each at another moment', async () => {
  const { api } = await startService();
  const { tokens } = await api.signUp();
  const answers = await Promise.all(Array.from({ length: 30 }, () => api.refresh(tokens.refresh_token)));
  const moments = answers.map(({ refresh_after }) => refresh_after);
  expect(Math.min(...moments)).toBeGreaterThanOrEqual(150);
  expect(Math.max(...moments)).toBeLessThan(300);
  expect(new Set(moments).size).toBeGreaterThan(1);
});

test('access token: ten refreshes change iat and jti and not how and when the user signed in', async () => {
  const { api, clock } = await startService();
  const { tokens } = await api.signUp();
  const first = claimsOf(tokens.access_token);
  const later: (typeof first)[] = [];
  let { refresh_token } = tokens;
  while (later.length < 10) {
    clock.advance({ minutes: 5 });
    const next = await api.refresh(refresh_token);
    refresh_token = next.refresh_token;
    later.push(claimsOf(next.access_token));
  }
  const { auth_time, amr, sid } = first;
  for (const claims of later) expect(claims).toMatchObject({ auth_time, amr, sid });
  expect(later.map(({ iat }) => (iat - first.iat) / 300)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set([first, ...later].map(({ jti }) => jti)).size).toBe(11);
});

test.each(signingAlgorithms)('access token: under %s it is smaller than 2 KB', async (alg) => {
  const service = await startService({ env: { SIGNING_ALG: alg } });
  const { tokens, user } = await service.api.signUp(person);
  await giveRoles(service, user.id, ['user', 'admin', 'editor', 'support']);
  const { access_token } = await service.api.refresh(tokens.refresh_token);
  expect(access_token.length).toBeLessThan(2048);
});

test('access token: nothing in it says who the person is', async () => {
  const { api } = await startService();
  const { tokens } = await api.signUp(person);
  const { access_token } = await api.refresh(tokens.refresh_token);
  for (const token of [tokens.access_token, access_token]) {
    const inside = token.split('.').slice(0, 2).map(decodePart).join();
    for (const value of Object.values(person)) expect(inside).not.toContain(value);
  }
});

function claimsOf(accessToken: string): z.output<typeof Claims> {
  return Claims.parse(decodeJwt(accessToken));
}

function decodePart(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}

async function giveRoles({ database }: RunningService, id: string, roles: string[]): Promise<void> {
  await database.em.fork().nativeUpdate(User, { id }, { roles });
}
