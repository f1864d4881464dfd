// test/contract/oidc-provider.ts: another server of the same standards, to be compared with.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { onTestFinished } from 'vitest';

export const SECRET = 'a secret that both of the servers know';

const common = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** Its clients have one way each to prove who they are. */
export async function startOidcProvider(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  const url = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(url, {
    clients: [
      { ...common, client_id: 'basic', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' },
      { ...common, client_id: 'post', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
      { ...common, client_id: 'public', grant_types: [], token_endpoint_auth_method: 'none' },
    ],
    scopes: ['notes:read'],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      revocation: { enabled: true, allowedPolicy: async () => true },
      devInteractions: { enabled: false },
    },
  });
  server.on('request', provider.callback());
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return url;
}
