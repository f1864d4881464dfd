import { exportJWK, exportSPKI, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import type { Answer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { asserted, type ClientKey, claimsOf, newKey, sign } from './credentials.ts';

const { id } = backend;
const otherId = 'mail-service';
const grant = { grant_type: 'client_credentials' };

const algorithms = ['ES256', 'RS256', 'PS256', 'Ed25519'] as const;
const keys = new Map<string, ClientKey>();

function keyFor(name: string): ClientKey {
  const key = keys.get(name);
  if (!key) throw new Error(`There is no key ${name}.`);
  return key;
}

beforeAll(async () => {
  for (const alg of algorithms) keys.set(alg, await newKey(alg));
  keys.set('stranger', await newKey('ES256'));
  keys.set('other', await newKey('ES256', 'the key of the other'));
});

function registrations(): ClientRegistration[] {
  return [
    { ...backend, jwks: { keys: algorithms.map((alg) => keyFor(alg).jwk) }, hasSecret: true },
    { ...backend, id: otherId, jwks: { keys: [keyFor('other').jwk, keyFor('ES256').jwk] }, hasSecret: true },
    { ...backend, id: 'no-keys' },
  ];
}

const start = () => startService({ clients: registrations() });

const present = ({ api }: RunningService, assertion: string, more: object = {}): Promise<Answer> =>
  api.form('/token', { ...grant, ...asserted(assertion), ...more });

function expectRefused(answer: Answer, label = ''): void {
  expectFailure(answer, 'oauth', 401, 'invalid_client', label);
  expect(answer.headers.get('www-authenticate'), label).toBeNull();
}

const usedBy = ({ database }: RunningService): Promise<object[]> =>
  database.em.execute('select * from used_assertions');

describe('a good assertion', () => {
  test.each(algorithms)('assertion: %s, with the name of its key and without, is taken', async (alg) => {
    const service = await start();
    const key = keyFor(alg);
    expect(await present(service, await sign(key, claimsOf(service, id)))).toMatchObject({ status: 200 });
    expect(await present(service, await sign(key, claimsOf(service, id), {}))).toMatchObject({ status: 200 });
    expect(await usedBy(service)).toHaveLength(2);
  });

  test.each<[string, (claims: Claims) => JWTPayload]>([
    ['five minutes ahead', ({ iat }) => ({ exp: iat + 300 })],
    ['without iat', () => ({ iat: undefined })],
    ['from a clock that is ten seconds ahead', ({ iat }) => ({ iat: iat + 10, nbf: iat + 10 })],
    ['from a clock that is nine seconds behind', ({ iat }) => ({ exp: iat - 9 })],
  ])('assertion: one %s is taken', async (_, change) => {
    const service = await start();
    const claims = claimsOf(service, id);
    const assertion = await sign(keyFor('ES256'), { ...claims, ...change(claims) });
    expect(await present(service, assertion)).toMatchObject({ status: 200 });
  });
});

type Claims = ReturnType<typeof claimsOf>;

/** As a program would send it that pays no attention to types. */
const wrongClaims: [string, (claims: Claims) => object][] = [
  ['another issuer', () => ({ iss: otherId })],
  ['no issuer', () => ({ iss: undefined })],
  ['another subject', () => ({ sub: otherId })],
  ['an unknown subject', () => ({ iss: 'nobody', sub: 'nobody' })],
  ['a subject with a zero byte', () => ({ iss: `${id}\0`, sub: `${id}\0` })],
  ['no subject', () => ({ sub: undefined })],
  ['a subject that is a number', () => ({ sub: 7 })],
  ['a subject that is a list', () => ({ sub: [id] })],
  ['a subject that is an object', () => ({ sub: { id } })],
  ['a subject that is true', () => ({ sub: true })],
  ['the token endpoint as audience', ({ aud }) => ({ aud: `${aud}/token` })],
  ['a slash behind the audience', ({ aud }) => ({ aud: `${aud}/` })],
  ['two audiences', ({ aud }) => ({ aud: [aud, 'https://elsewhere.example'] })],
  ['a list of one audience', ({ aud }) => ({ aud: [aud] })],
  ['another audience', () => ({ aud: 'https://elsewhere.example' })],
  ['no audience', () => ({ aud: undefined })],
  ['no end', () => ({ exp: undefined })],
  ['an end that is a text', ({ exp }) => ({ exp: String(exp) })],
  ['an end more than five minutes ahead', ({ iat }) => ({ exp: iat + 311 })],
  ['an end tomorrow', ({ iat }) => ({ exp: iat + 86_400 })],
  ['an end that is past', ({ iat }) => ({ iat: iat - 60, exp: iat - 10 })],
  ['a beginning in the future', ({ iat }) => ({ iat: iat + 11 })],
  ['a beginning that is a text', ({ iat }) => ({ iat: String(iat) })],
  ['nbf in the future', ({ iat }) => ({ nbf: iat + 11 })],
  ['no jti', () => ({ jti: undefined })],
  ['an empty jti', () => ({ jti: '' })],
  ['a jti that is a number', () => ({ jti: 5 })],
];

const wrongSignatures: [string, (claims: Claims) => string | Promise<string>][] = [
  ['alg none', (claims) => new UnsecuredJWT(claims).encode()],
  ['HS256 keyed with the public key as PEM', async (claims) => symmetric(claims, await pem())],
  ['HS256 keyed with the public key as JWK', (claims) => symmetric(claims, JSON.stringify(keyFor('ES256').jwk))],
  ['a key that is not in the set', (claims) => sign(keyFor('stranger'), claims)],
  [
    'a key that is not in the set, named like one',
    (claims) => sign(keyFor('stranger'), claims, { kid: 'the key for ES256' }),
  ],
  ['a key that it brings along', (claims) => sign(keyFor('stranger'), claims, { jwk: keyFor('stranger').jwk })],
  ["another client's key", (claims) => sign(keyFor('other'), claims)],
  ['an algorithm that is not of its key', async (claims) => sign(await reused('RS256', 'PS256'), claims)],
  ['nothing but itself', () => 'x'],
  ['three empty parts', () => '..'],
  ['a changed signature', async (claims) => `${(await sign(keyFor('ES256'), claims)).slice(0, -4)}AAAA`],
];

/** The same RSA key as one of the set, for an algorithm that the set does not have it for. */
async function reused(from: string, alg: string): Promise<ClientKey> {
  const { privateKey, jwk } = keyFor(from);
  const sameKey = await importJWK({ ...(await exportJWK(privateKey)), alg }, alg);
  if (sameKey instanceof Uint8Array) throw new Error('The key is symmetric.');
  return { alg, privateKey: sameKey, jwk };
}

const symmetric = (claims: JWTPayload, secret: string) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'the key for ES256' }).sign(Buffer.from(secret));

async function pem(): Promise<string> {
  const { jwk, alg } = keyFor('ES256');
  const publicKey = await importJWK(jwk, alg);
  if (publicKey instanceof Uint8Array) throw new Error('The key is symmetric.');
  return exportSPKI(publicKey);
}

describe('a bad assertion', () => {
  test.each(wrongClaims)('assertion: one with %s is refused and leaves no trace', async (_, change) => {
    const service = await start();
    const claims = claimsOf(service, id);
    // `undefined` is left out of the JSON.
    const wrong = await sign(keyFor('ES256'), { ...claims, ...change(claims) });
    expectRefused(await present(service, wrong));
    expect(await usedBy(service)).toEqual([]);
    expect(await present(service, await sign(keyFor('ES256'), claims))).toMatchObject({ status: 200 });
  });

  test.each(wrongSignatures)('assertion: one with %s is refused and leaves no trace', async (_, make) => {
    const service = await start();
    const claims = claimsOf(service, id);
    expectRefused(await present(service, await make(claims)));
    expect(await usedBy(service)).toEqual([]);
    expect(await present(service, await sign(keyFor('ES256'), claims))).toMatchObject({ status: 200 });
  });

  test('assertion: a client without keys has none that fits, nor has the built-in one', async () => {
    const service = await start();
    for (const client of ['no-keys', 'first-party']) {
      expectRefused(await present(service, await sign(keyFor('ES256'), claimsOf(service, client))), client);
    }
  });

  test.each([
    ['missing', {}],
    ['empty', { client_assertion_type: '' }],
    ['of SAML', { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }],
    ['in another case', { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:JWT-bearer' }],
  ])('assertion: a type that is %s is a malformed request', async (_, type: object) => {
    const service = await start();
    const assertion = await sign(keyFor('ES256'), claimsOf(service, id));
    const answer = await service.api.form('/token', { ...grant, client_assertion: assertion, ...type });
    expectFailure(answer, 'oauth', 400, 'invalid_request');
    expect(await present(service, assertion)).toMatchObject({ status: 200 });
  });

  test('assertion: under the identifier of another client it is refused', async () => {
    const service = await start();
    const assertion = await sign(keyFor('ES256'), claimsOf(service, id));
    // The other client has this key too.
    for (const client_id of [otherId, 'nobody', id.toUpperCase()]) {
      expectRefused(await present(service, assertion, { client_id }), client_id);
    }
    expect(await present(service, assertion, { client_id: id })).toMatchObject({ status: 200 });
  });
});

/** Signed by the key of the client, whatever the text. */
async function written(header: string, claims: string): Promise<string> {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, keyFor('ES256').privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

const first = (member: string) => (text: string) => text.replace('{', `{${member},`);
const asIs = (text: string) => text;

/** A reader that keeps the last of two members of a name finds nothing wrong with these. */
const ambiguous: [string, header: (text: string) => string, claims: (text: string) => string][] = [
  ['its subject', asIs, first('"sub":"nobody"')],
  ['its audience', asIs, first('"aud":"https://elsewhere.example"')],
  ['its jti, once in escapes', asIs, first('"\\u006ati":"x"')],
  ['a claim that nobody knows', asIs, first('"x":1,"x":1')],
  ['a member of an inner claim', asIs, first('"x":{"y":1,"y":1}')],
  ['its algorithm', first('"alg":"none"'), asIs],
  ['its key', first('"kid":"x"'), asIs],
];

test('assertion: one whose text is written by hand is taken', async () => {
  const service = await start();
  const assertion = await written('{"alg":"ES256"}', JSON.stringify({ x: { y: 1 }, ...claimsOf(service, id) }));
  expect(await present(service, assertion)).toMatchObject({ status: 200 });
});

test.each(ambiguous)('assertion: one that has %s twice is refused', async (_, header, claims) => {
  const service = await start();
  const text = JSON.stringify(claimsOf(service, id));
  const kid = JSON.stringify({ alg: 'ES256', kid: keyFor('ES256').jwk.kid });
  expectRefused(await present(service, await written(header(kid), claims(text))));
  expect(await usedBy(service)).toEqual([]);
});
