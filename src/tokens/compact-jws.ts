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
      return toRawSignature(sign('sha256', input, key));
    case 'Ed25519':
      return sign(null, input, key);
    case 'RS256':
      return signElsewhere('sha256', input, key);
  }
}

/**
 * RFC 7518 section 3.4: R and S, 32 bytes each, and not the DER sequence of two integers that OpenSSL writes. Node can do
 * it (`dsaEncoding`), and takes as long for it as for the signature.
 */
function toRawSignature(der: Buffer): Buffer {
  const raw = Buffer.alloc(64);
  let at = 2; // behind the tag of the sequence and its length, which fits one byte
  for (const end of [32, 64]) {
    const start = at + 2;
    at = start + der.readUInt8(start - 1);
    const integer = der.subarray(der[start] === 0 ? start + 1 : start, at); // a zero keeps it positive
    integer.copy(raw, end - integer.length);
  }
  return raw;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
