// keys/signing-key.ts: the table of signing keys, and the state that a key's instants put it in.
import { defineEntity, p } from '@mikro-orm/core';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Row } from '../platform/query.ts';

/** JWS algorithms (RFC 7518 section 3.1, RFC 9864 for Ed25519). RS256 keys have 3072 bits. */
export const signingAlgorithms = ['ES256', 'RS256', 'Ed25519'] as const;

export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** ASVS 11.2.3: 128 bits of security. */
export const RSA_BITS = 3072;

export const SigningKey = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    /** The JWK thumbprint (RFC 7638). */
    kid: p.text().primary(),
    algorithm: p.text().$type<SigningAlgorithm>(),
    publicJwk: p.json<JWK>(),
    /** A JWE that only the deployment's secrets open. */
    sealedPrivateJwk: p.text(),
    /** Published from here on. */
    createdAt: p.datetime(3),
    activatedAt: p.datetime(3).nullable(),
    retiredAt: p.datetime(3).nullable(),
    revokedAt: p.datetime(3).nullable(),
  },
});

export type SigningKeyRow = Row<typeof SigningKey>;

interface Making {
  readonly algorithm: SigningAlgorithm;
  readonly at: Date;
  /** What the private half is kept in. */
  readonly seal: (privateJwk: JWK) => Promise<string>;
}

/** A key that is published from now on, and does not sign yet. */
export async function newSigningKey({ algorithm, at, seal }: Making): Promise<SigningKeyRow> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: RSA_BITS });
  const publicJwk = await exportJWK(pair.publicKey);
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    algorithm,
    publicJwk,
    sealedPrivateJwk: await seal(await exportJWK(pair.privateKey)),
    createdAt: at,
    activatedAt: null,
    retiredAt: null,
    revokedAt: null,
  };
}

/** pending: published, not yet signing. retired: published until its last token is dead. revoked: gone at once. */
export const keyStates = ['pending', 'active', 'retired', 'revoked'] as const;

export type KeyState = (typeof keyStates)[number];

export function keyState(key: Pick<SigningKeyRow, 'activatedAt' | 'retiredAt' | 'revokedAt'>): KeyState {
  if (key.revokedAt) return 'revoked';
  if (key.retiredAt) return 'retired';
  return key.activatedAt ? 'active' : 'pending';
}
