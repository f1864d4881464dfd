// openid-client, as certified for OpenID Connect, against a live service over TLS.
import { exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startTlsService } from './tls.ts';

const app = { ...backend, id: 'app', type: 'public', firstParty: true, grants: ['password', 'refresh_token'] } as const;

async function start() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] };
  const service = await startTlsService({ clients: [{ ...backend, jwks, hasSecret: true }, app] });
  const discover = (id: string, authentication: client.ClientAuth) =>
    client.discovery(new URL(service.issuer), id, undefined, authentication);
  return { ...service, privateKey, discover, secret: service.secrets[backend.id] ?? '' };
}

test('openid-client: discovery reads our metadata, from both well-known places', async () => {
  const { issuer } = await start();
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    const config = await client.discovery(new URL(issuer), app.id, undefined, client.None(), { algorithm });
    expect(config.serverMetadata()).toMatchObject({ issuer, introspection_endpoint: `${issuer}/introspect` });
  }
});

test.each(['ClientSecretBasic', 'ClientSecretPost', 'PrivateKeyJwt'] as const)(
  'openid-client: with %s a client gets a token of its own, asks about it and revokes it',
  async (method) => {
    const { discover, secret, privateKey } = await start();
    const ways = {
      ClientSecretBasic: () => client.ClientSecretBasic(secret),
      ClientSecretPost: () => client.ClientSecretPost(secret),
      PrivateKeyJwt: () => client.PrivateKeyJwt({ key: privateKey, kid: 'one' }),
    };
    const config = await discover(backend.id, ways[method]());
    const { access_token, refresh_token, scope } = await client.clientCredentialsGrant(config, { scope: 'notes:read' });
    expect({ refresh_token, scope }).toEqual({ refresh_token: undefined, scope: 'notes:read' });
    expect(await client.tokenIntrospection(config, access_token)).toMatchObject({ active: true, sub: backend.id });
    await client.tokenRevocation(config, access_token);
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
  },
);

test('openid-client: a wrong secret is refused as invalid_client', async () => {
  const { discover } = await start();
  const config = await discover(backend.id, client.ClientSecretPost('wrong'));
  await expect(client.clientCredentialsGrant(config)).rejects.toMatchObject({ status: 401, error: 'invalid_client' });
});

test('openid-client: a person signs in, refreshes, is told of and signs out', async () => {
  const { api, discover, secret } = await start();
  const { user } = await api.signUp({ email: 'ada@example.com' });
  const config = await discover(app.id, client.None());
  const signIn = { username: 'ada@example.com', password: PASSWORD, scope: 'notes:read' };
  const first = await client.genericGrantRequest(config, 'password', signIn);
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '');
  expect(second).toMatchObject({ token_type: 'bearer', scope: 'notes:read' });

  const asking = await discover(backend.id, client.ClientSecretBasic(secret));
  const state = await client.tokenIntrospection(asking, second.access_token);
  expect(state).toMatchObject({ active: true, sub: user.id, username: 'ada@example.com' });
  await client.tokenRevocation(config, second.refresh_token ?? '');
  expect(await client.tokenIntrospection(asking, second.access_token)).toEqual({ active: false });
  await expect(client.refreshTokenGrant(config, second.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});
