// test/sdk/verifier/orders.ts: a service, and somebody who may look at orders.
import { secondClient } from '../../harness/clients.ts';
import { startService } from '../../harness/service.ts';

export const AUDIENCE = 'https://orders.example';

const ordersApp = { ...secondClient, id: 'orders-app', scopes: ['orders:read', 'orders:list'], audiences: [AUDIENCE] };

export async function startWithClerk() {
  const service = await startService({ clients: [ordersApp] });
  const { api, config } = service;
  const { user } = await api.signUp();
  const tokenFor = async (scope: string) => {
    const parameters = { client_id: ordersApp.id, resource: AUDIENCE, scope };
    return (await api.signIn(user.email, parameters)).access_token;
  };
  return {
    ...service,
    issuer: config.issuer,
    user,
    token: await tokenFor('orders:read'),
    weakToken: await tokenFor('orders:list'),
  };
}
