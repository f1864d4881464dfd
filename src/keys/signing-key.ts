// keys/signing-key.ts: the table of signing keys, and the state that a key's instants put it in.
import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { JWK } from 'jose';

/** JWS algorithms (RFC 7518 section 3.1, RFC 9864 for Ed25519). RS256 keys have 3072 bits. */
export const signingAlgorithms = ['ES256', 'RS256', 'Ed25519'] as const;

export type SigningAlgorithm = (typeof signingAlgorithms)[number];

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

export type SigningKeyRow = InferEntity<typeof SigningKey>;

/** pending: published, not yet signing. retired: published until its last token is dead. revoked: gone at once. */
export type KeyState = 'pending' | 'active' | 'retired' | 'revoked';

export function keyState(key: Pick<SigningKeyRow, 'activatedAt' | 'retiredAt' | 'revokedAt'>): KeyState {
  if (key.revokedAt) return 'revoked';
  if (key.retiredAt) return 'retired';
  return key.activatedAt ? 'active' : 'pending';
}
