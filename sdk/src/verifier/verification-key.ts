// verifier/verification-key.ts: a public key of the issuer, and the one algorithm that it is for.
import { isObject, type Members } from './compact-jws.ts';
import { runtime } from './runtime.ts';

export interface VerificationKey {
  readonly kid: string;
  /** A token must name this one: the key decides, never the token (RFC 8725 section 3.1). */
  readonly alg: string;
  verify(signed: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): boolean | Promise<boolean>;
}

type Verify = VerificationKey['verify'];

const ed25519 = { kty: 'OKP', crv: 'Ed25519', members: ['crv', 'x'], parameters: { name: 'Ed25519' }, hash: null };

/** There is no symmetric one: whoever could read the key could forge. */
const algorithms = {
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    members: ['crv', 'x', 'y'],
    parameters: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    hash: 'sha256',
  },
  RS256: {
    kty: 'RSA',
    crv: undefined,
    members: ['n', 'e'],
    parameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    hash: 'sha256',
  },
  EdDSA: ed25519,
  Ed25519: ed25519,
} as const;

type Algorithm = keyof typeof algorithms;

/** 2048 bits in base64url: RFC 7518 section 3.3 allows no shorter modulus. */
const MIN_MODULUS_LENGTH = 342;

/** Null for what is no public signing key that we know how to use: a set may hold keys for other things. */
export async function importKey(jwk: unknown): Promise<VerificationKey | null> {
  if (!isObject(jwk) || !isForSignatures(jwk)) return null;
  const { kid, alg, kty, crv, n } = jwk;
  if (typeof kid !== 'string' || !isAlgorithm(alg)) return null;
  if (algorithms[alg].kty !== kty || algorithms[alg].crv !== crv) return null;
  if (kty === 'RSA' && (typeof n !== 'string' || n.length < MIN_MODULUS_LENGTH)) return null;
  const publicJwk = onlyPublic(jwk, alg);
  const verify = await (nodeVerifier(publicJwk, alg) ?? webVerifier(publicJwk, alg)).catch(() => null);
  return verify && { kid, alg, verify };
}

function isForSignatures({ use = 'sig', key_ops = ['verify'] }: Members): boolean {
  return use === 'sig' && Array.isArray(key_ops) && key_ops.includes('verify');
}

function isAlgorithm(alg: unknown): alg is Algorithm {
  return typeof alg === 'string' && Object.hasOwn(algorithms, alg);
}

function onlyPublic(jwk: Members, alg: Algorithm): Record<string, string> {
  const { kty, members } = algorithms[alg];
  return { kty, ...Object.fromEntries(members.map((name) => [name, String(jwk[name])])) };
}

/**
 * Web Crypto sends each signature to another thread and back, which takes as long as checking it. Node can check it on
 * the spot. Other runtimes have a `node:crypto` too, but not the same one: there it is Web Crypto.
 */
function nodeVerifier(jwk: Record<string, string>, alg: Algorithm): Promise<Verify> | null {
  const { navigator, process } = runtime();
  const isNode = navigator?.userAgent.startsWith('Node.js/');
  const crypto = isNode ? process?.getBuiltinModule?.('node:crypto') : undefined;
  if (!crypto) return null;
  const { createPublicKey, verify } = crypto;
  const { hash } = algorithms[alg];
  return (async (): Promise<Verify> => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const input = alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
    return (signed, signature) => verify(hash, signed, input, signature);
  })();
}

async function webVerifier(jwk: Record<string, string>, alg: Algorithm): Promise<Verify> {
  const { parameters } = algorithms[alg];
  const key = await crypto.subtle.importKey('jwk', jwk, parameters, false, ['verify']);
  return (signed, signature) => crypto.subtle.verify(parameters, key, signature, signed);
}
