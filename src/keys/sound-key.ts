// keys/sound-key.ts: a signing key is looked at before it is used: what an operator or a restore put into the database may
// be weak, or two halves of different keys (ASVS 11.2.3, RFC 8725bis on one algorithm per key).
import { calculateJwkThumbprint, type JWK } from 'jose';
import { OperatorError } from '../errors.ts';
import { RSA_BITS, type SigningKeyRow } from './signing-key.ts';

/** Throws OperatorError if the key is weak or does not go by its own name. */
export async function assertSound({ kid, publicJwk }: SigningKeyRow): Promise<void> {
  const modulusBits = Buffer.from(publicJwk.n ?? '', 'base64url').length * 8;
  if (publicJwk.kty === 'RSA' && modulusBits < RSA_BITS) throw unsound(kid, `has fewer than ${RSA_BITS} bits`);
  if ((await calculateJwkThumbprint(publicJwk)) !== kid) throw unsound(kid, 'is not named after its thumbprint');
}

/** Throws OperatorError if what signs is not the other half of what is published. */
export async function assertPair({ kid }: SigningKeyRow, privateJwk: JWK): Promise<void> {
  if ((await calculateJwkThumbprint(privateJwk)) !== kid) throw unsound(kid, 'has a private half of another key');
}

function unsound(kid: string, fault: string): OperatorError {
  return new OperatorError(`The signing key ${kid} in the database ${fault}.`);
}
