// oauth4webapi as a backend service: it authenticates in each of the ways that the discovery names, over TLS, and checks
// every answer by the letter of RFC 6749, RFC 7009 and RFC 7662. It gets no option that would make it milder.
import { generateKeyPair } from 'jose';
import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  discoveryRequest,
  introspectionRequest,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  processClientCredentialsResponse,
  processDiscoveryResponse,
  processIntrospectionResponse,
  processRevocationResponse,
  revocationRequest,
  validateJwtAccessToken,
} from 'oauth4webapi';
import { describe, expect, test } from 'vitest';
import { type ClientKey, newKey, setSecrets } from '../clients/credentials.ts';
import { bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startTlsService } from './tls.ts';

const client = { client_id: backend.id };
const [notes = 'none'] = backend.audiences;

async function start(key?: ClientKey) {
  const jwks = key ? { keys: [key.jwk] } : null;
  const service = await startTlsService({ clients: [{ ...backend, jwks, hasSecret: true }] });
  const url = new URL(service.issuer);
  const server = await processDiscoveryResponse(url, await discoveryRequest(url, { algorithm: 'oauth2' }));
  return { service, server, secret: service.secrets[backend.id] ?? 'none' };
}

async function getToken(server: AuthorizationServer, proof: ClientAuth, parameters: Record<string, string> = {}) {
  const response = await clientCredentialsGrantRequest(server, client, proof, parameters);
  return processClientCredentialsResponse(server, client, response);
}

async function introspect(server: AuthorizationServer, proof: ClientAuth, token: string) {
  return processIntrospectionResponse(server, client, await introspectionRequest(server, client, proof, token));
}

async function revoke(server: AuthorizationServer, proof: ClientAuth, token: string): Promise<void> {
  await processRevocationResponse(await revocationRequest(server, client, proof, token));
}

/** The whole life of a token, with one way of authenticating. */
async function expectFullLife(server: AuthorizationServer, proof: ClientAuth): Promise<void> {
  const { access_token, ...answer } = await getToken(server, proof, { scope: 'notes:read' });
  expect(answer).toEqual({
    token_type: 'bearer',
    expires_in: 300,
    refresh_after: expect.any(Number),
    scope: 'notes:read',
  });

  const request = new Request(notes, { headers: bearer(access_token) });
  const claims = await validateJwtAccessToken(server, request, notes);
  const { iss, sub, aud, client_id, scope, exp, iat, jti } = claims;
  expect({ iss, sub, aud, client_id }).toEqual({ iss: server.issuer, sub: backend.id, aud: notes, ...client });

  const { aud: audience, ...told } = await introspect(server, proof, access_token);
  expect(told).toEqual({ active: true, token_type: 'Bearer', iss, sub, client_id, scope, exp, iat, jti });
  expect([audience].flat()).toEqual([aud]);

  await revoke(server, proof, access_token);
  expect(await introspect(server, proof, access_token)).toEqual({ active: false });
}

describe('a client of its own', () => {
  test('oauth4webapi: with client_secret_basic a token is got, asked about and revoked', async () => {
    const { server, secret } = await start();
    await expectFullLife(server, ClientSecretBasic(secret));
  });

  test('oauth4webapi: with client_secret_post a token is got, asked about and revoked', async () => {
    const { server, secret } = await start();
    await expectFullLife(server, ClientSecretPost(secret));
  });

  test.each(['ES256', 'ES384', 'RS256', 'PS256', 'Ed25519'])(
    'oauth4webapi: with private_key_jwt by %s a token is got, asked about and revoked',
    async (alg) => {
      const key = await newKey(alg);
      const { server } = await start(key);
      expect(server.token_endpoint_auth_signing_alg_values_supported).toContain(alg);
      await expectFullLife(server, PrivateKeyJwt(key.privateKey));
      await expectFullLife(server, PrivateKeyJwt({ key: key.privateKey, kid: key.jwk.kid ?? 'none' }));
    },
  );

  test.each(['a:b', '100% + more', 'Grüße 🔑', "!*'()~-_."])(
    'oauth4webapi: the secret "%s" means the same to both sides',
    async (secret) => {
      const { service, server } = await start();
      await setSecrets(service, backend.id, secret);
      await expect(getToken(server, ClientSecretBasic(secret))).resolves.toMatchObject({ token_type: 'bearer' });
      await expect(getToken(server, ClientSecretPost(secret))).resolves.toMatchObject({ token_type: 'bearer' });
    },
  );
});

const refused = { code: 'OAUTH_RESPONSE_BODY_ERROR', error: 'invalid_client', status: 401 };

describe('a client that is refused', () => {
  test('oauth4webapi: a wrong secret in the header is challenged', async () => {
    const { server } = await start();
    const challenge = [{ scheme: 'basic', parameters: { realm: 'latchkey', charset: 'UTF-8' } }];
    await expect(getToken(server, ClientSecretBasic('wrong'))).rejects.toMatchObject({
      code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
      status: 401,
      cause: challenge,
    });
    const question = introspect(server, ClientSecretBasic('wrong'), 'x');
    await expect(question).rejects.toMatchObject({ cause: challenge });
  });

  test('oauth4webapi: a wrong secret in the body, a wrong key and no proof are OAuth errors', async () => {
    const { server } = await start(await newKey('ES256'));
    const { privateKey } = await generateKeyPair('ES256');
    for (const proof of [ClientSecretPost('wrong'), PrivateKeyJwt(privateKey), None()]) {
      await expect(getToken(server, proof)).rejects.toMatchObject(refused);
      // Where a proof is needed whatever the client, it is said how to bring one (RFC 7662 section 2.1).
      const challenged = { code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', status: 401 };
      await expect(introspect(server, proof, 'x')).rejects.toMatchObject(challenged);
      await expect(revoke(server, proof, 'x')).rejects.toMatchObject(refused);
    }
  });

  test('oauth4webapi: an assertion for the token endpoint instead of the issuer is refused', async () => {
    const key = await newKey('ES256');
    const { server } = await start(key);
    const proofFor = (audience: string | undefined) =>
      PrivateKeyJwt(key.privateKey, {
        [modifyAssertion]: (_, payload) => void Object.assign(payload, { aud: audience }),
      });
    await expect(getToken(server, proofFor(server.token_endpoint))).rejects.toMatchObject(refused);
    await expect(getToken(server, proofFor(server.issuer))).resolves.toMatchObject({ token_type: 'bearer' });
  });

  test.each([
    ['scope', 'users:write', 'invalid_scope'],
    ['resource', 'https://bank.example', 'invalid_target'],
  ])('oauth4webapi: a %s that the client may not have is an OAuth error', async (name, value, error) => {
    const { server, secret } = await start();
    const asked = getToken(server, ClientSecretPost(secret), { [name]: value });
    await expect(asked).rejects.toMatchObject({ code: 'OAUTH_RESPONSE_BODY_ERROR', error, status: 400 });
  });
});
