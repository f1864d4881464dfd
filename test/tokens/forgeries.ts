// test/tokens/forgeries.ts: tokens that we never issued: some signed by strangers, some by our very key, as if another
// kind of token were passed off as an access token.
import { createHmac, randomUUID } from 'node:crypto';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { createPrivateJwkSeal } from '../../src/keys/private-jwk-seal.ts';
import { SigningKey } from '../../src/keys/signing-key.ts';
import { createSecretRing } from '../../src/platform/secrets.ts';
import type { RunningService } from '../harness/service.ts';

interface Header extends Record<string, unknown> {
  readonly alg: string;
  readonly typ: string;
  readonly kid: string;
}

/** What a forger would like to have: a good token, what it says, and the key that signed it. */
export interface Forge {
  readonly token: string;
  readonly claims: JWTPayload;
  readonly header: Header;
  readonly key: CryptoKey;
  readonly publicJwk: JWK;
  readonly issuer: string;
}

/** Somebody signs up, so that there is something to forge. */
export async function openForge({ api, database, config }: RunningService): Promise<Forge> {
  const { access_token: token } = (await api.signUp()).tokens;
  const row = await database.em.fork().findOneOrFail(SigningKey, { revokedAt: null });
  const seal = createPrivateJwkSeal(createSecretRing(config.secrets).keysFor('signing keys at rest'));
  const key = await importJWK(await seal.open(row.sealedPrivateJwk), 'ES256');
  if (key instanceof Uint8Array) throw new Error('The key is not asymmetric.');
  const header = { typ: 'at+jwt', alg: 'ES256', kid: row.kid };
  return { token, claims: decodeJwt(token), header, key, publicJwk: row.publicJwk, issuer: config.issuer };
}

/** By our key, unless there is another. */
export function sign({ claims, header, key }: Pick<Forge, 'claims' | 'header' | 'key'>): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader(header).sign(key);
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The same token with another signature, which is as good (ECDSA takes s and n - s). */
export function twinOf(token: string): string {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  return withSignature(token, (signature) => {
    const s = BigInt(`0x${signature.toString('hex', 32)}`);
    return Buffer.concat([signature.subarray(0, 32), Buffer.from((n - s).toString(16).padStart(64, '0'), 'hex')]);
  });
}

function withSignature(token: string, change: (signature: Buffer) => Buffer): string {
  const [header, claims, signature = ''] = token.split('.');
  return [header, claims, change(Buffer.from(signature, 'base64url')).toString('base64url')].join('.');
}

/** The last letter of 64 bytes has four bits that mean nothing. */
function withStrayBits(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + letters[letters.indexOf(token.at(-1) ?? '') + 1];
}

function asDer(signature: Buffer): Buffer {
  const halves = [signature.subarray(0, 32), signature.subarray(32)];
  const integers = halves.map((half) => Buffer.concat([Buffer.from([2, 33, 0]), half]));
  return Buffer.concat([Buffer.from([48, 70]), ...integers]);
}

type Forgery = readonly [name: string, make: (forge: Forge) => string | Promise<string>];

const claiming = (name: string, change: (forge: Forge) => object): Forgery => [
  name,
  (forge) => sign({ ...forge, claims: { ...forge.claims, ...change(forge) } }),
];

const headed = (name: string, change: object): Forgery => [
  name,
  (forge) => sign({ ...forge, header: { ...forge.header, ...change } }),
];

/** Good for somebody else, if anyone could make them. */
export const elsewhere: readonly Forgery[] = [
  claiming('another audience', () => ({ aud: 'https://other.example' })),
  claiming('an empty list of audiences', () => ({ aud: [] })),
];

/** Signed by our own key. */
export const misused: readonly Forgery[] = [
  ...['JWT', 'logout+jwt', 'dpop+jwt', ''].map((typ) => headed(`the type "${typ}"`, { typ })),
  headed('no type', { typ: undefined }),
  claiming('no audience', () => ({ aud: undefined })),
  claiming('another issuer', () => ({ iss: 'https://other.example' })),
  claiming('the issuer with a slash', ({ issuer }) => ({ iss: `${issuer}/` })),
  claiming('no issuer', () => ({ iss: undefined })),
  claiming('an end that has come', ({ claims }) => ({ exp: (claims.iat ?? 0) - 11 })),
  claiming('no end', () => ({ exp: undefined })),
  claiming('an end that is no number', () => ({ exp: '9999999999' })),
  claiming('an end before all time', () => ({ exp: -1 })),
  claiming('an end after all time', () => ({ exp: 1e20 })),
  claiming('a start that has not come', ({ claims }) => ({ nbf: (claims.iat ?? 0) + 60 })),
  claiming('an issue in the future', ({ claims }) => ({ iat: (claims.iat ?? 0) + 60 })),
  claiming('an issue that is no number', ({ claims }) => ({ iat: `${claims.iat}` })),
  claiming('no issue', () => ({ iat: undefined })),
  claiming('no user', () => ({ sub: undefined })),
  claiming('a user that is no identifier', () => ({ sub: 'ada' })),
  claiming('a user who is not there', () => ({ sub: randomUUID() })),
  claiming('a session that is not there', () => ({ sid: randomUUID() })),
  claiming('no session', () => ({ sid: undefined })),
  claiming('no session, and a public client as its own user', () => ({ sid: undefined, sub: 'first-party' })),
  claiming('no identifier', () => ({ jti: undefined })),
];

const stranger = async (forge: Forge, change: (jwk: JWK) => object | Promise<object>) => {
  const { privateKey: key, publicKey } = await generateKeyPair('ES256');
  return sign({ ...forge, key, header: { ...forge.header, ...(await change(await exportJWK(publicKey))) } });
};

const unsigned = ({ header, claims }: Forge, change: object) =>
  `${base64url({ ...header, ...change })}.${base64url(claims)}`;

const macced = (forge: Forge, alg: string, secret: string) => {
  const signed = unsigned(forge, { alg });
  return `${signed}.${createHmac(alg.replace('HS', 'sha'), secret).update(signed).digest('base64url')}`;
};

/** Signed by somebody else, or by nobody. */
export const foreign: readonly Forgery[] = [
  ['a key of their own under our kid', (forge) => stranger(forge, () => ({}))],
  ['their kid', (forge) => stranger(forge, async (jwk) => ({ kid: await calculateJwkThumbprint(jwk) }))],
  ['no kid, and the key brought along', (forge) => stranger(forge, (jwk) => ({ kid: undefined, jwk }))],
  ['an address of the key', (forge) => stranger(forge, () => ({ jku: 'http://127.0.0.1:1/jwks.json' }))],
  ['a kid that is a path', (forge) => stranger(forge, () => ({ kid: '../../etc/passwd' }))],
  ['a kid that is a query', (forge) => stranger(forge, () => ({ kid: "' OR 1=1--" }))],
  ['no signature', (forge) => `${unsigned(forge, {})}.`],
  ...['none', 'None', 'nOnE', '', null, 7, ['ES256']].map(
    (alg): Forgery => [`the algorithm ${JSON.stringify(alg)}`, (forge) => `${unsigned(forge, { alg })}.`],
  ),
  ...['HS256', 'HS384', 'HS512'].flatMap((alg): Forgery[] => [
    [`${alg} keyed with our public key`, (forge) => macced(forge, alg, JSON.stringify(forge.publicJwk))],
    [`${alg} keyed with a part of our public key`, (forge) => macced(forge, alg, forge.publicJwk.x ?? '')],
    [`${alg} keyed with nothing`, (forge) => macced(forge, alg, '')],
  ]),
  [
    'a good signature under another algorithm',
    ({ token, ...forge }) => respell(unsigned({ token, ...forge }, { alg: 'ES384' }), token),
  ],
  [
    'another user under a good signature',
    ({ token, ...forge }) =>
      respell(unsigned({ ...forge, token, claims: { ...forge.claims, sub: randomUUID() } }, {}), token),
  ],
  ['a signature of zeros', ({ token }) => withSignature(token, () => Buffer.alloc(64))],
  ['a signature in DER', ({ token }) => withSignature(token, asDer)],
  ['a signature that is cut', ({ token }) => token.slice(0, -1)],
];

const respell = (signed: string, token: string) => `${signed}.${token.split('.')[2]}`;

/** A good token, written in a way that no grammar allows (RFC 7515 section 2: base64url without padding). */
export const misspelled: readonly Forgery[] = [
  ['padding', ({ token }) => `${token}==`],
  ['a space at the end', ({ token }) => `${token} `],
  ['a line break in the signature', ({ token }) => `${token.slice(0, -5)}\n${token.slice(-5)}`],
  ['stray bits', ({ token }) => withStrayBits(token)],
  ['a fourth part', ({ token }) => `${token}.`],
  [
    'the JSON serialization',
    ({ token }) => {
      const [header, payload, signature] = token.split('.');
      return JSON.stringify({ protected: header, payload, signature });
    },
  ],
];
