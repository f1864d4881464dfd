// What a token must say, of an issuer whose signature is always good.
import { describe, expect, test } from 'vitest';
import { createVerifier, TokenError } from '../../../sdk/src/verifier.ts';
import { AUDIENCE, startIssuer } from './issuer.ts';

const invalid = {
  code: 'invalid_token',
  status: 401,
  wwwAuthenticate: 'Bearer realm="api", error="invalid_token"',
  headers: { 'WWW-Authenticate': 'Bearer realm="api", error="invalid_token"' },
};

test('verifier: a good token, gives its principal, frozen through and through', async () => {
  const { sign, verifier, clock, issuer } = await startIssuer();
  const principal = await verifier().verify(await sign({ sub: 'ada', sid: 's-1', amr: ['pwd'] }));
  expect(principal).toMatchObject({
    subject: 'ada',
    clientId: 'orders-app',
    scope: ['orders:read', 'orders:write'],
    roles: ['clerk'],
    sessionId: 's-1',
    claims: { iss: issuer, sub: 'ada', amr: ['pwd'] },
  });
  expect(Math.ceil((principal.expiresAt.getTime() - clock.now().getTime()) / 1000)).toBe(300);
  for (const part of [principal, principal.scope, principal.roles, principal.claims, principal.claims.amr]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
  principal.expiresAt.setTime(0);
  expect(principal.expiresAt.getTime()).toBeGreaterThan(0);
});

test("verifier: a client's own token, has no session and perhaps no scope and no roles", async () => {
  const { sign, verifier } = await startIssuer();
  const own = { sub: 'orders-app', sid: undefined, scope: undefined, roles: undefined };
  const principal = await verifier().verify(await sign(own));
  expect(principal).toMatchObject({ subject: 'orders-app', clientId: 'orders-app', sessionId: null });
  expect([principal.scope, principal.roles]).toEqual([[], []]);
});

const seconds = (clock: { now: () => Date }) => Math.floor(clock.now().getTime() / 1000);

describe('verifier: what is within the rules, is accepted', () => {
  test.each<[string, (at: number) => object, object?]>([
    ['the audience among others', () => ({ aud: ['https://other.example', AUDIENCE] })],
    ['an end within the tolerance', (at) => ({ exp: at - 4 })],
    ['a start within the tolerance', (at) => ({ nbf: at + 5 })],
    ['an issue within the tolerance', (at) => ({ iat: at + 5 })],
    ['an empty scope', () => ({ scope: '' })],
    ['the whole name of the type', () => ({}), { typ: 'application/at+jwt' }],
    ['the type in capitals', () => ({}), { typ: 'APPLICATION/AT+JWT' }],
  ])('%s', async (_, change, header) => {
    const { sign, verifier, clock } = await startIssuer();
    await expect(verifier().verify(await sign(change(seconds(clock)), header))).resolves.toHaveProperty('subject');
  });
});

describe('verifier: what breaks a rule, is refused', () => {
  test.each<[string, (at: number, issuer: string) => object, object?]>([
    ['another issuer', () => ({ iss: 'https://other.example' })],
    ['the issuer with a slash', (_, issuer) => ({ iss: `${issuer}/` })],
    ['a list of issuers', (_, issuer) => ({ iss: [issuer] })],
    ['another audience', () => ({ aud: 'https://other.example' })],
    ['the beginning of the audience', () => ({ aud: AUDIENCE.slice(0, -1) })],
    ['an empty list of audiences', () => ({ aud: [] })],
    ['a list of audiences with a number', () => ({ aud: [AUDIENCE, 5] })],
    ['no audience', () => ({ aud: undefined })],
    ['no subject', () => ({ sub: undefined })],
    ['an empty subject', () => ({ sub: '' })],
    ['no client', () => ({ client_id: undefined })],
    ['no identifier', () => ({ jti: undefined })],
    ['no end', () => ({ exp: undefined })],
    ['an end that is text', () => ({ exp: '9999999999' })],
    ['an end beyond all time', () => ({ exp: 1e20 })],
    ['an end between two seconds', (at) => ({ exp: at + 60.5 })],
    ['an end beyond the tolerance', (at) => ({ exp: at - 5 })],
    ['a start beyond the tolerance', (at) => ({ nbf: at + 7 })],
    ['a start that is text', () => ({ nbf: 'now' })],
    ['an issue beyond the tolerance', (at) => ({ iat: at + 7 })],
    ['no issue', () => ({ iat: undefined })],
    ['a scope that is a list', () => ({ scope: ['orders:read'] })],
    ['roles that are text', () => ({ roles: 'clerk' })],
    ['roles with a number', () => ({ roles: ['clerk', 5] })],
    ['a session that is an object', () => ({ sid: {} })],
    ['a user without a session', () => ({ sid: undefined })],
    ['a client with a session', () => ({ sub: 'orders-app' })],
    ['no type', () => ({}), { typ: undefined }],
    ['the type of any JWT', () => ({}), { typ: 'JWT' }],
    ['the type of an ID token by another name', () => ({}), { typ: 'x/at+jwt' }],
    ['a parameter of the type', () => ({}), { typ: 'at+jwt;x=1' }],
    ['no kid', () => ({}), { kid: undefined }],
  ])('%s', async (_, change, header) => {
    const { sign, verifier, clock, issuer } = await startIssuer();
    const token = await sign(change(seconds(clock), issuer), header);
    await expect(verifier().verify(token)).rejects.toMatchObject(invalid);
  });

  test.each([
    ['five parts', 'YQ.YQ.YQ.YQ.YQ'],
    ['two parts', 'YQ.YQ'],
    ['no signature', 'YQ.YQ.'],
    ['more than 8 kB', `${'YWFh'.repeat(2048)}.YQ.YQ`],
  ])('%s, before anything is fetched', async (_, token) => {
    const { verifier, asked } = await startIssuer();
    await expect(verifier().verify(token)).rejects.toMatchObject(invalid);
    expect(asked).toEqual([]);
  });
});

describe('verifier: what a route asks for', () => {
  test.each([
    [{ scope: 'orders:read' }],
    [{ scope: 'orders:write  orders:read' }],
    [{ scope: ['orders:read', 'orders:write'] }],
    [{ scope: [], roles: ['boss', 'clerk'] }],
  ])('%j is there', async (requirements) => {
    const { sign, verifier } = await startIssuer();
    await expect(verifier().verify(await sign(), requirements)).resolves.toHaveProperty('subject');
  });

  test('a scope that is missing, is named in the challenge with the others that are needed', async () => {
    const { sign, verifier } = await startIssuer();
    const attempt = verifier().verify(await sign(), { scope: ['orders:read', 'orders:delete'] });
    await expect(attempt).rejects.toMatchObject({
      code: 'insufficient_scope',
      status: 403,
      wwwAuthenticate: 'Bearer realm="api", error="insufficient_scope", scope="orders:read orders:delete"',
    });
  });

  test.each([['boss'], ['Clerk'], ['cler']])('the role %s is missing', async (role) => {
    const { sign, verifier } = await startIssuer();
    await expect(verifier().verify(await sign(), { roles: [role] })).rejects.toMatchObject({
      code: 'insufficient_role',
      status: 403,
      wwwAuthenticate: 'Bearer realm="api", error="insufficient_scope"',
    });
  });

  test('no role at all would do: nobody is let in', async () => {
    const { sign, verifier } = await startIssuer();
    await expect(verifier().verify(await sign(), { roles: [] })).rejects.toMatchObject({ code: 'insufficient_role' });
  });

  test('a token that was seen before, is asked for its scope again', async () => {
    const { sign, verifier } = await startIssuer();
    const { verify } = verifier();
    const token = await sign();
    await verify(token);
    await expect(verify(token, { scope: 'orders:delete' })).rejects.toBeInstanceOf(TokenError);
  });

  test('a scope that would break out of the challenge, is a mistake of the program', async () => {
    const { sign, verifier } = await startIssuer();
    await expect(verifier().verify(await sign(), { scope: 'a"b' })).rejects.toBeInstanceOf(TypeError);
  });
});

test('verifier: no token at all, is missing and not bad', async () => {
  const { verifier, asked } = await startIssuer();
  await expect(verifier().verify('')).rejects.toMatchObject({
    code: 'token_missing',
    status: 401,
    wwwAuthenticate: 'Bearer realm="api"',
  });
  expect(asked).toEqual([]);
});

test.each([
  ['no audience', { issuer: 'https://id.example', audience: '' }],
  ['a list of no audiences', { issuer: 'https://id.example', audience: [] }],
  ['an empty audience in a list', { issuer: 'https://id.example', audience: [''] }],
  ['no issuer', { issuer: '', audience: AUDIENCE }],
  ['an issuer with a query', { issuer: 'https://id.example?x', audience: AUDIENCE }],
])('verifier: %s, cannot be made', (_, options) => {
  expect(() => createVerifier(options)).toThrow(TypeError);
});

test('verifier: a service with two names, takes tokens for either', async () => {
  const { sign, verifier } = await startIssuer();
  const { verify } = verifier({ audience: ['https://a.example', 'https://b.example'] });
  await expect(verify(await sign({ aud: 'https://b.example' }))).resolves.toHaveProperty('subject');
  await expect(verify(await sign())).rejects.toMatchObject(invalid);
});
