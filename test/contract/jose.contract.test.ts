// What a service does that uses jose and knows nothing of us but the issuer.
import { createRemoteJWKSet, type JWTVerifyOptions, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { signingAlgorithms } from '../../src/keys/signing-key.ts';
import { createClock } from '../harness/clock.ts';
import { startService } from '../harness/service.ts';

const Discovered = z.object({ jwks_uri: z.url(), id_token_signing_alg_values_supported: z.array(z.string()) });

test.each(signingAlgorithms)('jose: a token signed with %s verifies by discovery alone', async (alg) => {
  const { api, config } = await startService({ env: { SIGNING_ALG: alg } });
  const { tokens, user } = await api.signUp();
  const verify = await createVerifier(config.issuer);
  const { payload, protectedHeader } = await verify(tokens.access_token);
  expect(payload).toMatchObject({ iss: config.issuer, aud: config.issuer, sub: user.id });
  expect(protectedHeader).toMatchObject({ alg, typ: 'at+jwt' });
});

test('jose: a token for another audience is refused', async () => {
  const { api, config } = await startService({ env: { AUDIENCE: 'https://shop.example' } });
  const { tokens } = await api.signUp();
  const verify = await createVerifier(config.issuer);
  await expect(verify(tokens.access_token)).rejects.toMatchObject({ claim: 'aud' });
  await expect(verify(tokens.access_token, { audience: 'https://shop.example' })).resolves.toBeDefined();
});

test('jose: a token of another deployment is refused', async () => {
  const [ours, theirs] = [await startService(), await startService()];
  const verify = await createVerifier(ours.config.issuer);
  const { tokens } = await theirs.api.signUp();
  await expect(verify(tokens.access_token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

test('jose: a token whose signature has one bit changed is refused', async () => {
  const { api, config } = await startService();
  const { tokens } = await api.signUp();
  const verify = await createVerifier(config.issuer);
  await expect(verify(withOtherSignature(tokens.access_token))).rejects.toMatchObject({
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  });
});

test('jose: a token is refused as soon as its life is over', async () => {
  const clock = createClock();
  const { api, config } = await startService({ clock });
  const { tokens } = await api.signUp();
  const verify = await createVerifier(config.issuer);
  clock.advance({ seconds: tokens.expires_in - 1 });
  await expect(verify(tokens.access_token, { currentDate: clock.now() })).resolves.toBeDefined();
  clock.advance({ seconds: 1 });
  await expect(verify(tokens.access_token, { currentDate: clock.now() })).rejects.toMatchObject({
    code: 'ERR_JWT_EXPIRED',
  });
});

async function createVerifier(issuer: string) {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri, id_token_signing_alg_values_supported: algorithms } = Discovered.parse(await response.json());
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  const expected = { issuer, audience: issuer, typ: 'at+jwt', algorithms };
  return (token: string, options: JWTVerifyOptions = {}) => jwtVerify(token, keys, { ...expected, ...options });
}

function withOtherSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return [header, payload, bytes.toString('base64url')].join('.');
}
