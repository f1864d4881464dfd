// bench/servers/oidc.ts: oidc-provider: ES256, rotation on, access tokens as JWTs where Latchkey signs one, no logs. Its store
// is what DATABASE_URL says: nothing (in memory), `sqlite:` or `postgres://`.

import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { memoryAdapter } from './oidc-memory.ts';
import { postgresAdapter } from './oidc-postgres.ts';
import { sqliteAdapter } from './oidc-sqlite.ts';
import { DATABASE_URL, FOLDER, origin, serve } from './serve.ts';

const RESOURCE = 'https://api.example';
const SIGN_IN = 'urn:bench:sign-in';

const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const jwk = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256', kid: 'one' };

const configuration: Configuration = {
  ...(await store()),
  jwks: { keys: [jwk] },
  cookies: { keys: [randomBytes(32).toString('base64')] },
  clientDefaults: { id_token_signed_response_alg: 'ES256', redirect_uris: [], response_types: [] },
  clients: [
    { client_id: 'app', token_endpoint_auth_method: 'none', grant_types: [SIGN_IN, 'refresh_token'] },
    { client_id: 'backend', client_secret: 'backend-secret', grant_types: ['client_credentials'] },
  ],
  scopes: ['openid', 'offline_access', 'email'],
  claims: { email: ['email', 'email_verified'] },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, email: `${accountId}@example.com`, email_verified: true }),
  }),
  rotateRefreshToken: true,
  ttl: { AccessToken: 3600, ClientCredentials: 300, Grant: 86_400, RefreshToken: 86_400 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'api',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
};

async function store(): Promise<Pick<Configuration, 'adapter'>> {
  if (DATABASE_URL.startsWith('sqlite')) return { adapter: sqliteAdapter(FOLDER) };
  if (DATABASE_URL.startsWith('postgres')) return { adapter: await postgresAdapter(DATABASE_URL) };
  return { adapter: memoryAdapter() };
}

const provider = new Provider(origin, configuration);

/** Stands for the pages on which people sign in: a grant, its first refresh token, and an access token for userinfo. */
async function signIn(ctx: KoaContextWithOIDC): Promise<void> {
  const { client } = ctx.oidc;
  const accountId = String(ctx.oidc.params?.username);
  if (!client) throw new Error('Nobody asks.');
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope('openid email');
  grant.addResourceScope(RESOURCE, 'api');
  const grantId = await grant.save();
  const common = { accountId, client, grantId, gty: SIGN_IN };
  const refreshToken = new provider.RefreshToken({ ...common, scope: 'api', resource: RESOURCE });
  const accessToken = new provider.AccessToken({ ...common, scope: 'openid email' });
  ctx.body = { access_token: await accessToken.save(), refresh_token: await refreshToken.save(), token_type: 'Bearer' };
}

provider.registerGrantType(SIGN_IN, signIn, ['username']);
provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));
serve(provider.callback());
