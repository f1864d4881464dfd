// /forward-auth behind a real nginx, with the settings that we document, in front of a service that trusts what it is told.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { nginx, type ProxyKind, startProxy } from '../harness/proxies.ts';
import { startService } from '../harness/service.ts';

if (nginx.binary === null) process.stderr.write('nginx is not on this machine: apt-get install nginx\n');

const FOLDER = 'docs/proxies/forward-auth';
const names = ['subject', 'client', 'scope', 'roles', 'session'].map((name) => `x-auth-${name}`);

/** Answers with what it was told and sent. */
async function startOrders(): Promise<number> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const told = Object.fromEntries(names.map((name) => [name, request.headers[name] ?? null]));
    response.end(JSON.stringify({ ...told, body }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}

function inFrontOf(ordersPort: number): ProxyKind {
  return {
    ...nginx,
    documented: `${FOLDER}/nginx.conf`,
    edits: ({ folder, port, upstreamPort }) => [
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['127.0.0.1:3000', `127.0.0.1:${upstreamPort}`],
      ['127.0.0.1:3100', `127.0.0.1:${ordersPort}`],
      ['/etc/ssl/orders/fullchain.pem', join(folder, 'both.pem')],
      ['/etc/ssl/orders/privkey.pem', join(folder, 'both.pem')],
    ],
  };
}

const program = {
  ...backend,
  id: 'reports',
  scopes: ['orders:read', 'orders:write'],
  audiences: ['https://orders.example'],
};

async function start() {
  const service = await startService({ clients: [program], env: { TRUSTED_PROXIES: '127.0.0.1' } });
  const { api, secrets } = service;
  const proxy = await startProxy(inFrontOf(await startOrders()), Number(new URL(api.baseUrl).port));
  const tokenFor = async (scope: string) => {
    const credentials = { client_id: program.id, client_secret: secrets[program.id] ?? '' };
    return (await api.form('/token', { grant_type: 'client_credentials', scope, ...credentials })).body.access_token;
  };
  const ask = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${proxy.url}/orders/1`, { ...init, headers });
  return { ...service, ask, tokenFor };
}

describe.skipIf(nginx.binary === null)('forward-auth: nginx', () => {
  test('lets a request with a good token pass, and says whose it is', async () => {
    const { ask, tokenFor } = await start();
    const answer = await ask(bearer(await tokenFor('orders:read')), { method: 'POST', body: 'an order' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      'x-auth-subject': 'reports',
      'x-auth-client': 'reports',
      'x-auth-scope': 'orders:read',
      'x-auth-roles': null,
      'x-auth-session': null,
      body: 'an order',
    });
  });

  test('lets nobody say himself who he is', async () => {
    const { ask, tokenFor } = await start();
    const lies = Object.fromEntries(names.map((name) => [name, 'admin']));
    const answer = await ask({ ...lies, ...bearer(await tokenFor('orders:read')) });
    expect(JSON.stringify(await answer.json())).not.toContain('admin');
  });

  test('hands on both challenges, once each', async () => {
    const { ask, tokenFor } = await start();
    const without = await ask();
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="latchkey"']);
    const weak = await ask(bearer(await tokenFor('orders:write')));
    const challenge = 'Bearer realm="latchkey", error="insufficient_scope", scope="orders:read"';
    expect([weak.status, weak.headers.get('www-authenticate')]).toEqual([403, challenge]);
  });

  test('does not let a token pass that is for somebody else', async () => {
    const { api, ask } = await start();
    const { tokens } = await api.signUp();
    expect((await ask(bearer(tokens.access_token))).status).toBe(401);
  });

  test('says 503 when Latchkey is away', async () => {
    const { ask, tokenFor, stop } = await start();
    const token = await tokenFor('orders:read');
    await stop();
    const answer = await ask(bearer(token));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

test('forward-auth: what is documented for Traefik and Caddy copies every field that there is, from where it is', async () => {
  const { endpoints } = await startService();
  const endpoint = endpoints.find(({ operationId }) => operationId === 'authorizeForward');
  const fields = Object.keys(endpoint?.replies[204]?.headers ?? {});
  const { forwardAuth } = parse(readFileSync(`${FOLDER}/traefik.yaml`, 'utf8')).http.middlewares.latchkey;
  expect(forwardAuth.authResponseHeaders).toEqual(fields);
  expect(new URL(forwardAuth.address).pathname).toBe(endpoint?.path);
  const caddy = readFileSync(`${FOLDER}/Caddyfile`, 'utf8');
  expect(/copy_headers (.*)/.exec(caddy)?.[1]).toBe(fields.join(' '));
  expect(/uri ([^?]+)/.exec(caddy)?.[1]).toBe(endpoint?.path);
});
