// oauth4webapi takes nothing for granted: it refuses plain http, a document at the wrong place, an answer of the wrong
// shape or type. Here it gets no option that would make it milder.
import {
  type AuthorizationServer,
  discoveryRequest,
  genericTokenEndpointRequest,
  None,
  processDiscoveryResponse,
  processGenericTokenEndpointResponse,
  processRefreshTokenResponse,
  processRevocationResponse,
  processUserInfoResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  userInfoRequest,
  validateJwtAccessToken,
} from 'oauth4webapi';
import { expect, test } from 'vitest';
import { signingAlgorithms } from '../../src/keys/signing-key.ts';
import { bearer, PASSWORD } from '../harness/api.ts';
import type { Options } from '../harness/service.ts';
import { startTlsService } from './tls.ts';

const client = { client_id: 'first-party' };
const email = 'ada@example.com';

test.each(['oauth2', 'oidc'] as const)('oauth4webapi: the %s discovery finds the issuer', async (algorithm) => {
  const { issuer } = await startTlsService();
  const server = await discover(issuer, algorithm);
  expect(server).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
});

test('oauth4webapi: a password signs in and the claims come from userinfo', async () => {
  const { api, server } = await startWithUser();
  const tokens = await signIn(server);
  const me = await api.me(tokens.access_token);
  const claims = await readUserInfo(server, tokens.access_token, me.id);
  expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: '' });
  expect(claims).toMatchObject({ sub: me.id, email });
});

test('oauth4webapi: a wrong password is an OAuth error', async () => {
  const { server } = await startWithUser();
  await expect(signIn(server, { password: 'battery horse correct' })).rejects.toMatchObject({
    code: 'OAUTH_RESPONSE_BODY_ERROR',
    error: 'invalid_grant',
    status: 400,
  });
});

test('oauth4webapi: a refresh token gives the next pair', async () => {
  const { server } = await startWithUser();
  const first = await signIn(server);
  const second = await refresh(server, first.refresh_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  await expect(refresh(server, second.refresh_token)).resolves.toMatchObject({ token_type: 'bearer' });
});

test('oauth4webapi: a revoked refresh token refreshes nothing and its access token opens nothing', async () => {
  const { server } = await startWithUser();
  const { access_token, refresh_token = '' } = await signIn(server);
  await processRevocationResponse(await revocationRequest(server, client, None(), refresh_token));
  await expect(refresh(server, refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(readUserInfo(server, access_token, 'anybody')).rejects.toMatchObject({
    code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
    cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
  });
});

test.each(signingAlgorithms)('oauth4webapi: a resource server accepts an access token signed with %s', async (alg) => {
  const { api, issuer, server } = await startWithUser({ env: { SIGNING_ALG: alg } });
  const { access_token } = await signIn(server);
  const { id: sub } = await api.me(access_token);
  expect(await validate(server, access_token, issuer)).toMatchObject({ iss: issuer, aud: issuer, sub, ...client });
});

test.each(signingAlgorithms)('oauth4webapi: a changed payload is refused under a signature of %s', async (alg) => {
  const { issuer, server } = await startWithUser({ env: { SIGNING_ALG: alg } });
  const { access_token } = await signIn(server);
  const forged = withClaim(access_token, 'scope', 'users:write');
  await expect(validate(server, forged, issuer)).rejects.toThrow('JWT signature verification failed');
});

test('oauth4webapi: a token for another audience is refused', async () => {
  const [shop, bank] = ['https://shop.example', 'https://bank.example'] as const;
  const { server } = await startWithUser({ env: { AUDIENCE: `${shop},${bank}` } });
  const [forShop, forBank] = [await signIn(server), await signIn(server, { resource: bank })];
  await expect(validate(server, forShop.access_token, shop)).resolves.toMatchObject({ aud: shop });
  await expect(validate(server, forBank.access_token, bank)).resolves.toMatchObject({ aud: bank });
  await expect(validate(server, forShop.access_token, bank)).rejects.toThrow('unexpected JWT "aud"');
  await expect(validate(server, forBank.access_token, shop)).rejects.toThrow('unexpected JWT "aud"');
});

async function startWithUser(options?: Options) {
  const { api, issuer } = await startTlsService(options);
  await api.signUp({ email });
  return { api, issuer, server: await discover(issuer, 'oauth2') };
}

async function discover(issuer: string, algorithm: 'oauth2' | 'oidc'): Promise<AuthorizationServer> {
  const url = new URL(issuer);
  return processDiscoveryResponse(url, await discoveryRequest(url, { algorithm }));
}

async function signIn(server: AuthorizationServer, parameters: Record<string, string> = {}) {
  const credentials = { username: email, password: PASSWORD, ...parameters };
  const response = await genericTokenEndpointRequest(server, client, None(), 'password', credentials);
  return processGenericTokenEndpointResponse(server, client, response);
}

async function refresh(server: AuthorizationServer, refreshToken = '') {
  const response = await refreshTokenGrantRequest(server, client, None(), refreshToken);
  return processRefreshTokenResponse(server, client, response);
}

async function readUserInfo(server: AuthorizationServer, accessToken: string, subject: string) {
  return processUserInfoResponse(server, client, subject, await userInfoRequest(server, client, accessToken));
}

/** As a resource server does it, for a request that brings the token. */
async function validate(server: AuthorizationServer, accessToken: string, audience: string) {
  return validateJwtAccessToken(server, new Request(audience, { headers: bearer(accessToken) }), audience);
}

/** The same header and signature around another payload. */
function withClaim(token: string, name: string, value: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), [name]: value };
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}
