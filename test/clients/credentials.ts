// test/clients/credentials.ts: how clients show who they are, and what is changed about them behind the service's back.
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { RegisteredClient, type RegisteredClientRow } from '../../src/clients/registered-client.ts';
import { toNumericDate } from '../../src/platform/clock.ts';
import { digest } from '../../src/platform/secrets.ts';
import type { RunningService } from '../harness/service.ts';

/** RFC 6749 appendix B. */
export function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

export function basic(id: string, secret: string): { Authorization: string } {
  return basicOf(`${formEncode(id)}:${formEncode(secret)}`);
}

/** Whatever is joined already, or is not joined at all. */
export function basicOf(joined: string | Uint8Array): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(joined).toString('base64')}` };
}

export async function changeClient({ database }: RunningService, id: string, values: Partial<RegisteredClientRow>) {
  await database.em.fork().nativeUpdate(RegisteredClient, { id }, values);
}

/** From now on these are the secrets of the client, and no other. */
export function setSecrets(service: RunningService, id: string, ...secrets: string[]): Promise<void> {
  const createdAt = service.clock.now().toISOString();
  return changeClient(service, id, { secrets: secrets.map((secret) => ({ digest: digest(secret), createdAt })) });
}

export interface ClientKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function newKey(alg: string, kid = `the key for ${alg}`): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

/** Of a good assertion, one minute long. */
export function claimsOf({ clock, config }: RunningService, id: string): JWTPayload & { iat: number; exp: number } {
  const iat = toNumericDate(clock.now());
  return { iss: id, sub: id, aud: config.issuer, jti: randomUUID(), iat, exp: iat + 60 };
}

export function sign({ alg, privateKey, jwk }: ClientKey, claims: JWTPayload, header: object = { kid: jwk.kid }) {
  return new SignJWT(claims).setProtectedHeader({ ...header, alg }).sign(privateKey);
}

/** As parameters of a form. */
export function asserted(assertion: string) {
  return {
    client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
}
