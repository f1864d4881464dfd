// keys/sound-key.ts: a signing key is looked at before it is used: what an operator or a restore put into the database may
// be weak, or two halves of different keys (ASVS 11.2.3, RFC 8725bis on one algorithm per key).
import { calculateJwkThumbprint, type JWK } from 'jose';
import { OperatorError } from '../errors.ts';
import { visible } from '../platform/visible.ts';
import { RSA_BITS, type SigningAlgorithm, type SigningKeyRow } from './signing-key.ts';

/** RFC 7518 section 6, RFC 8037 section 2: one algorithm per key, and one kind of key per algorithm. */
const kinds: Readonly<Record<SigningAlgorithm, { readonly kty: string; readonly crv?: string }>> = {
  ES256: { kty: 'EC', crv: 'P-256' },
  RS256: { kty: 'RSA' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
};

/** Throws OperatorError if the key is weak, of another kind than its algorithm, or does not go by its own name. */
export async function assertSound({ kid, algorithm, publicJwk }: SigningKeyRow): Promise<void> {
  const { kty, crv } = kinds[algorithm];
  if (publicJwk.kty !== kty || publicJwk.crv !== crv) throw unsound(kid, `is no key for ${algorithm}`);
  const modulusBits = Buffer.from(publicJwk.n ?? '', 'base64url').length * 8;
  if (publicJwk.kty === 'RSA' && modulusBits < RSA_BITS) throw unsound(kid, `has fewer than ${RSA_BITS} bits`);
  if ((await calculateJwkThumbprint(publicJwk)) !== kid) throw unsound(kid, 'is not named after its thumbprint');
}

/** Throws OperatorError if what signs is not the other half of what is published. */
export async function assertPair({ kid }: SigningKeyRow, privateJwk: JWK): Promise<void> {
  if ((await calculateJwkThumbprint(privateJwk)) !== kid) throw unsound(kid, 'has a private half of another key');
}

function unsound(kid: string, fault: string): OperatorError {
  return new OperatorError(`The signing key ${visible(kid)} in the database ${fault}.`);
}
