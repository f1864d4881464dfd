// test/contract/proofs.ts: clients that prove who they are by a signature (RFC 7523), with every algorithm there is.
import { type CryptoKey, exportJWK, type GenerateKeyPairOptions, generateKeyPair, SignJWT } from 'jose';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { backend } from '../harness/clients.ts';
import type { RunningService } from '../harness/service.ts';

export type Credentials = readonly [parameters: Record<string, string>, headers?: Record<string, string>];

interface Signing {
  readonly alg: string;
  readonly key: CryptoKey | Uint8Array;
  readonly kid?: string;
}

/** Good for one request. */
export async function assertion(
  { clock, config }: Pick<RunningService, 'clock' | 'config'>,
  { id }: ClientRegistration,
  { alg, key, kid }: Signing,
): Promise<Credentials> {
  const iat = Math.floor(clock.now().getTime() / 1000);
  const claims = { iss: id, sub: id, aud: config.issuer, iat, exp: iat + 60, jti: crypto.randomUUID() };
  const header = { alg, ...(kid !== undefined && { kid }) };
  const client_assertion = await new SignJWT(claims).setProtectedHeader(header).sign(key);
  return [{ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion }];
}

/** Of RFC 7518, RFC 8037 and RFC 9864. */
const algorithms: readonly (readonly [alg: string, options?: GenerateKeyPairOptions])[] = [
  ['ES256'],
  ['ES384'],
  ['ES512'],
  ['RS256'],
  ['RS384'],
  ['RS512'],
  ['PS256'],
  ['PS384'],
  ['PS512'],
  ['Ed25519'],
  ['EdDSA', { crv: 'Ed25519' }],
];

/** A client with a key for each algorithm, and what it signs with. */
export async function keyring() {
  const pairs = await Promise.all(
    algorithms.map(async ([alg, options]) => {
      const { privateKey: key, publicKey } = await generateKeyPair(alg, { ...options, extractable: true });
      return { signing: { alg, key, kid: alg }, jwk: { ...(await exportJWK(publicKey)), kid: alg } };
    }),
  );
  const keyed = {
    ...backend,
    id: 'keyed',
    name: 'Keyed',
    jwks: { keys: pairs.map(({ jwk }) => jwk) },
    hasSecret: true,
  };
  return { keyed, signings: pairs.map(({ signing }) => signing) };
}
