// tokens/compact-jws.ts: signs (RFC 7515 section 7.1). On the spot where that takes a tenth of a millisecond: a thread
// would cost as much again, and might have to be waited for. What comes back is checked by jose.
import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Signer } from '../keys/signing-keys.ts';

/** RSA takes milliseconds: the event loop has better things to do. */
const signElsewhere = promisify(sign);

export async function signCompact(payload: object, type: string, signer: Signer): Promise<string> {
  const { kid, algorithm: alg } = signer;
  const input = `${encode({ typ: type, alg, kid })}.${encode(payload)}`;
  const signature = await signatureOf(Buffer.from(input), signer);
  return `${input}.${signature.toString('base64url')}`;
}

function signatureOf(input: Buffer, { algorithm, privateKey: key }: Signer): Buffer | Promise<Buffer> {
  switch (algorithm) {
    case 'ES256':
      return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }); // RFC 7518 section 3.4: R and S, not DER
    case 'Ed25519':
      return sign(null, input, key);
    case 'RS256':
      return signElsewhere('sha256', input, key);
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
