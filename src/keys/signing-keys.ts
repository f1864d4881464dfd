// keys/signing-keys.ts: makes, loads and publishes the keys that sign access tokens.
import { createHash } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/sql';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import type { Clock } from '../platform/clock.ts';
import type { DerivedKeys } from '../platform/secrets.ts';
import { createPrivateJwkSeal } from './private-jwk-seal.ts';
import { keyState, type SigningAlgorithm, SigningKey, type SigningKeyRow } from './signing-key.ts';
import { assertPair, assertSound, RSA_BITS } from './sound-key.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly sealingKeys: DerivedKeys;
  readonly algorithm: SigningAlgorithm;
}

export interface Signer {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: CryptoKey;
}

/** What is published, ready to be sent and to be verified with. */
export interface PublishedKeys {
  readonly jwks: JSONWebKeySet;
  /** A strong entity tag (RFC 9110 section 8.8.3). */
  readonly etag: string;
  readonly algorithms: readonly SigningAlgorithm[];
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

export function createSigningKeys({ em, now, sealingKeys, algorithm }: Parts) {
  const seal = createPrivateJwkSeal(sealingKeys);
  let loaded: { signer: Signer; published: PublishedKeys } | null = null;

  /** Makes the first key if there is none, and loads what is there. Runs under the start-up lock. */
  async function prepare(): Promise<void> {
    if (!(await findRows()).some((row) => keyState(row) === 'active')) await create();
    const rows = await findRows();
    await Promise.all(rows.map(assertSound));
    loaded = { signer: await loadSigner(rows), published: publish(rows) };
  }

  /** Revoked keys are never read: nothing signs or verifies with them. */
  async function findRows(): Promise<SigningKeyRow[]> {
    return em.fork().find(SigningKey, { revokedAt: null }, { orderBy: { createdAt: 'desc' } });
  }

  /** The first key signs at once: nobody can hold a key set that lacks it. */
  async function create(): Promise<void> {
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: RSA_BITS });
    const publicJwk = await exportJWK(pair.publicKey);
    const at = now();
    await em.fork().insert(SigningKey, {
      kid: await calculateJwkThumbprint(publicJwk),
      algorithm,
      publicJwk,
      sealedPrivateJwk: await seal.seal(await exportJWK(pair.privateKey)),
      createdAt: at,
      activatedAt: at,
      retiredAt: null,
      revokedAt: null,
    });
  }

  async function loadSigner(rows: readonly SigningKeyRow[]): Promise<Signer> {
    const row = rows.find((candidate) => keyState(candidate) === 'active');
    if (!row) throw new Error('There is no active signing key.');
    const privateJwk = await seal.open(row.sealedPrivateJwk);
    await assertPair(row, privateJwk);
    const privateKey = await importJWK(privateJwk, row.algorithm);
    if (privateKey instanceof Uint8Array) throw new Error(`The signing key ${row.kid} is not asymmetric.`);
    return { kid: row.kid, algorithm: row.algorithm, privateKey };
  }

  function isReady(): boolean {
    return loaded !== null;
  }

  /** Throws before `prepare` has run: a service without keys must not answer. */
  function get() {
    if (!loaded) throw new Error('The signing keys are not loaded yet.');
    return loaded;
  }

  return { prepare, isReady, signer: () => get().signer, published: () => get().published };
}

function publish(rows: readonly SigningKeyRow[]): PublishedKeys {
  const jwks = { keys: rows.map(toPublicJwk) };
  const hash = createHash('sha256').update(JSON.stringify(jwks)).digest('base64url');
  const algorithms = [...new Set(rows.map((row) => row.algorithm))];
  return { jwks, etag: `"${hash}"`, algorithms, resolve: createLocalJWKSet(jwks) };
}

function toPublicJwk({ kid, algorithm, publicJwk }: SigningKeyRow): JWK {
  return { ...publicJwk, kid, alg: algorithm, use: 'sig' };
}
