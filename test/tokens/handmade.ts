// test/tokens/handmade.ts: tokens put together by hand, where no library would sign what has to be signed.
import { createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import { type CryptoKey, decodeJwt, generateKeyPair, type JWK } from 'jose';
import { type Forge, sign } from './forgeries.ts';

export type Handmade = readonly [name: string, make: (forge: Forge) => string | Promise<string>];

const encode = (text: string | Buffer) => Buffer.from(text).toString('base64url');

/** Whatever is in them, by our own key (ES256). */
async function sealed({ key }: Pick<Forge, 'key'>, header: string | Buffer, payload: string | Buffer): Promise<string> {
  const signed = `${encode(header)}.${encode(payload)}`;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  return `${signed}.${encode(Buffer.from(await crypto.subtle.sign(algorithm, key, Buffer.from(signed))))}`;
}

const headed = (name: string, change: object): Handmade => [
  `the header ${name}`,
  (forge) => sealed(forge, JSON.stringify({ ...forge.header, ...change }), JSON.stringify(forge.claims)),
];

const claiming = (name: string, change: (forge: Forge) => object): Handmade => [
  name,
  (forge) => sealed(forge, JSON.stringify(forge.header), JSON.stringify({ ...forge.claims, ...change(forge) })),
];

/** The text of the payload, before it is signed. */
const written = (name: string, change: (payload: string, forge: Forge) => string | Buffer): Handmade => [
  name,
  (forge) => sealed(forge, JSON.stringify(forge.header), change(JSON.stringify(forge.claims), forge)),
];

/** Our own key has signed each of these: only the rules stand against them. */
export const signedByUs: readonly Handmade[] = [
  ...['unknown', '', '/dev/null', '../../etc/passwd', "' OR 1=1--", 'https://other.example/key', 'x'.repeat(5000)].map(
    (kid) => headed(`with the kid "${kid.slice(0, 40)}"`, { kid }),
  ),
  headed('with a list for a kid', { kid: ['x'] }),
  headed('with an object for a kid', { kid: { $ne: null } }),
  headed('with an unknown critical member', { crit: ['x'], x: 1 }),
  headed('with an empty list of critical members', { crit: [] }),
  headed('with an unencoded payload', { crit: ['b64'], b64: false }),
  headed('with the type of a list of states', { typ: 'statuslist+jwt' }),
  headed('with a number for a type', { typ: 5 }),
  headed('with a list for a type', { typ: ['at+jwt'] }),
  headed('with another algorithm', { alg: 'ES256K' }),
  claiming('an end that is an object', () => ({ exp: { $gt: 0 } })),
  claiming('an end that is a list', ({ claims }) => ({ exp: [claims.exp] })),
  claiming('an end between two seconds', ({ claims }) => ({ exp: (claims.exp ?? 0) + 0.5 })),
  claiming('a start that is no number', () => ({ nbf: 'now' })),
  claiming('the issuer in capitals', ({ issuer }) => ({ iss: issuer.toUpperCase() })),
  claiming('the issuer under another scheme', ({ issuer }) => ({ iss: issuer.replace('http:', 'https:') })),
  claiming('a list of issuers', ({ issuer }) => ({ iss: [issuer] })),
  claiming('an audience that is an object', ({ issuer }) => ({ aud: { 0: issuer, length: 1 } })),
  claiming('an audience that is a number', () => ({ aud: 5 })),
  claiming('a user that is a number', () => ({ sub: 5 })),
  claiming('a user that is an object', ({ claims }) => ({ sub: { $eq: claims.sub } })),
  claiming('a client for a user', () => ({ sub: 'first-party' })),
  claiming('a session that is an object', () => ({ sid: { $ne: null } })),
  claiming('a scope that is a list', () => ({ scope: ['users:read'] })),
  claiming('a client that is not there', () => ({ client_id: 'nobody' })),
  claiming('a client with NUL', () => ({ client_id: 'first-party\0' })),
  written('a payload that is a list', (payload) => `[${payload}]`),
  written('a payload that is text', (payload) => JSON.stringify(payload)),
  written('a payload that is nothing', () => 'null'),
  written('a payload that is broken off', (payload) => payload.slice(0, -1)),
  written('a payload that is empty', () => ''),
  written('a payload in UTF-16', (payload) => Buffer.from(payload, 'utf16le')),
  written('a payload that is no UTF-8', (payload) => Buffer.from(payload.replace('{', '{"x":"\xFF",'), 'latin1')),
  written('an end twice, and the last is past', (payload) => payload.replace(/}$/, ',"exp":1}')),
  written('a user twice, and the last is nobody', (payload) => payload.replace(/}$/, ',"sub":"nobody"}')),
];

/** A key of their own, which needs no secret of ours. */
const theirs = (alg: string, change: (key: CryptoKey) => object = () => ({})): Handmade => [
  `${alg} of their own under our kid`,
  async (forge) => {
    const { privateKey: key } = await generateKeyPair(alg);
    return sign({ ...forge, key, header: { ...forge.header, alg, ...change(key) } });
  },
];

const pemOf = (jwk: JWK) => publicKeyOf(jwk).export({ type: 'spki', format: 'pem' }).toString();

function publicKeyOf({ kty, crv, x, y, n, e }: JWK): KeyObject {
  return createPublicKey({ key: { kty, crv, x, y, n, e }, format: 'jwk' });
}

/** HMACs keyed with what everybody can read at the JWKS. */
const macced = (alg: string, form: string, keyOf: (jwk: JWK) => string | Buffer): Handmade => [
  `${alg} keyed with our public key as ${form}`,
  ({ header, claims, publicJwk }) => {
    const signed = `${encode(JSON.stringify({ ...header, alg }))}.${encode(JSON.stringify(claims))}`;
    return `${signed}.${createHmac(alg.replace('HS', 'sha'), keyOf(publicJwk)).update(signed).digest('base64url')}`;
  },
];

/** Another payload under the signature of a good token. */
const altered = (name: string, change: object): Handmade => [
  `${name} under a good signature`,
  ({ token }) => {
    const [header, , signature] = token.split('.');
    return [header, encode(JSON.stringify({ ...decodeJwt(token), ...change })), signature].join('.');
  },
];

/** Where the keys are said to be: they must not be fetched. */
export const pointingTo = (url: string): readonly Handmade[] => [
  theirs('ES256', () => ({ jku: `${url}/jwks.json` })),
  theirs('ES256', () => ({ x5u: `${url}/certificate.pem`, kid: undefined })),
  theirs('ES256', () => ({ x5c: ['MIIB'], x5t: 'x', kid: undefined })),
  theirs('ES256', () => ({ jku: url, kid: `${url}/key` })),
  headed('with an address of the keys', { kid: 'unknown', jku: `${url}/jwks.json`, x5u: url }),
];

export const signedByOthers: readonly Handmade[] = [
  theirs('RS256'),
  theirs('PS256'),
  theirs('ES384'),
  theirs('EdDSA'),
  ...['HS256', 'HS384', 'HS512'].flatMap((alg) => [
    macced(alg, 'PEM', pemOf),
    macced(alg, 'PEM without its last line break', (jwk) => pemOf(jwk).trimEnd()),
    macced(alg, 'DER', (jwk) => publicKeyOf(jwk).export({ type: 'spki', format: 'der' })),
  ]),
  altered('another scope', { scope: 'users:write' }),
  altered('a later end', { exp: 4_000_000_000 }),
  altered('another role', { roles: ['admin'] }),
  ['one bit of the signature', ({ token }) => flipped(token)],
  [
    'an encrypted token',
    () => `${encode('{"alg":"dir","enc":"A256GCM"}')}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
  ],
];

function flipped(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  return [header, payload, encode(bytes)].join('.');
}

/** Read in one way only, and ours: each is as good as the token it was made of. */
export const good: readonly Handmade[] = [
  headed('as it is', {}),
  headed('with its type in capitals', { typ: 'AT+JWT' }),
  headed('with the whole name of its type', { typ: 'application/at+jwt' }),
  headed('with members that nobody knows', {
    x: 1,
    jku: 'http://127.0.0.1:1/',
    x5c: ['x'],
    jwk: { kty: 'oct', k: '' },
  }),
  claiming('our audience alone in a list', ({ issuer }) => ({ aud: [issuer] })),
];

const headWritten = (name: string, change: (header: string) => string): Handmade => [
  name,
  (forge) => sealed(forge, change(JSON.stringify(forge.header)), JSON.stringify(forge.claims)),
];

/**
 * Our own key has signed each of these, and a reader that keeps the last of two members of a name finds nothing wrong.
 * RFC 7515 section 4 and RFC 7519 section 4 let a reader do so, or refuse.
 */
export const ambiguous: readonly Handmade[] = [
  written('an end twice, and the last is good', (payload) => payload.replace('{', '{"exp":1,')),
  written('a user twice, and the last is good', (payload) => payload.replace('{', '{"sub":"nobody",')),
  written('a user twice and equal', (payload) => payload.replace(/"sub":"[^"]*"/, '$&,$&')),
  written('a user twice, once in escapes', (payload) => payload.replace('{', '{"s\\u0075b":"nobody",')),
  written('a member twice that nobody knows', (payload) => payload.replace('{', '{"x":1,"x":1,')),
  written('a member twice in an inner object', (payload) => payload.replace('{', '{"x":{"y":1,"y":1},')),
  headWritten('an algorithm twice, and the last is good', (header) => header.replace('{', '{"alg":"none",')),
  headWritten('a key twice, and the last is good', (header) => header.replace('{', '{"kid":"x",')),
  headWritten('a type twice, once in escapes', (header) => header.replace('{', '{"t\\u0079p":"JWT",')),
  headWritten('a member twice in the header that nobody knows', (header) => header.replace('{', '{"x":1,"x":1,')),
];
