// /forward-auth behind a real nginx, with the settings that we document, in front of a service that trusts what it is told.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { nginx, type ProxyKind, startProxy } from '../harness/proxies.ts';
import { startService } from '../harness/service.ts';
import { needs } from '../harness/tools.ts';

const FOLDER = 'docs/proxies/forward-auth';
const names = ['subject', 'client', 'scope', 'roles', 'session'].map((name) => `x-auth-${name}`);

/** As CGI and WSGI see them: they read an underscore and a hyphen as the same character. */
const isIdentity = (name: string) => /^x[-_]auth[-_]/i.test(name);

/** Answers with what it was told and sent. */
async function startOrders(): Promise<number> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const told = Object.fromEntries(names.map((name) => [name, request.headers[name] ?? null]));
    const others = Object.keys(request.headers).filter((name) => isIdentity(name) && !names.includes(name));
    response.end(JSON.stringify({ ...told, body, ...(others.length > 0 && { others }) }));
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

/** What a caller could say of itself, in every spelling. */
const lies = Object.fromEntries(names.flatMap((name) => spellings(name)).map((name) => [name, 'admin']));

function spellings(name: string): string[] {
  const [x, auth, last] = name.split('-');
  return ['-', '_'].flatMap((one) => ['-', '_'].map((other) => `${x}${one}${auth}${other}${last}`));
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

describe('forward-auth: nginx', needs(nginx.tool), () => {
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
    const answer = await ask({ ...lies, ...bearer(await tokenFor('orders:read')) });
    const told = await answer.json();
    expect(told).not.toHaveProperty('others');
    expect(JSON.stringify(told)).not.toContain('admin');
  });

  test('lets a CORS preflight pass, which is said to be of nobody', async () => {
    const { ask } = await start();
    const preflight = { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' };
    const answer = await ask({ ...preflight, ...lies }, { method: 'OPTIONS' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ...Object.fromEntries(names.map((name) => [name, null])), body: '' });
  });

  test.each([
    ['OPTIONS without a method to ask for', 'OPTIONS', { Origin: 'https://app.example' }],
    ['OPTIONS with a token', 'OPTIONS', { 'Access-Control-Request-Method': 'POST', ...bearer('bad') }],
    ['another method', 'POST', { 'Access-Control-Request-Method': 'POST' }],
    ['another method with a colon', 'GET', { 'Access-Control-Request-Method': 'OPTIONS:POST:' }],
  ])('does not take %s for a preflight', async (_, method, headers) => {
    const { ask } = await start();
    expect((await ask(headers, { method })).status).toBe(401);
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

const readTraefik = () => Traefik.parse(parse(readFileSync(`${FOLDER}/traefik.yaml`, 'utf8'))).http;
const readCaddy = () => readFileSync(`${FOLDER}/Caddyfile`, 'utf8');

const Traefik = z.object({
  http: z.object({
    routers: z.record(z.string(), z.object({ rule: z.string(), middlewares: z.array(z.string()) })),
    middlewares: z.object({
      'no-identity': z.object({ headers: z.object({ customRequestHeaders: z.record(z.string(), z.string()) }) }),
      latchkey: z.object({
        forwardAuth: z.object({ address: z.string(), authResponseHeaders: z.array(z.string()) }),
      }),
    }),
  }),
});

test('forward-auth: what is documented for Traefik and Caddy copies every field that there is, from where it is', async () => {
  const { endpoints } = await startService();
  const endpoint = endpoints.find(({ operationId }) => operationId === 'authorizeForward');
  const fields = Object.keys(endpoint?.replies[204]?.headers ?? {});
  const { forwardAuth } = readTraefik().middlewares.latchkey;
  expect(forwardAuth.authResponseHeaders).toEqual(fields);
  expect(new URL(forwardAuth.address).pathname).toBe(endpoint?.path);
  const caddy = readCaddy();
  expect(/copy_headers (.*)/.exec(caddy)?.[1]).toBe(fields.join(' '));
  expect(/uri ([^?]+)/.exec(caddy)?.[1]).toBe(endpoint?.path);
});

test('forward-auth: what is documented for Traefik removes every spelling of the fields, also from a preflight', () => {
  const { middlewares, routers } = readTraefik();
  const removed = middlewares['no-identity'].headers.customRequestHeaders;
  const documented = Object.entries(removed).map(([name, value]) => [name.toLowerCase(), value]);
  expect(documented.toSorted()).toEqual(
    Object.keys(lies)
      .map((name) => [name, ''])
      .toSorted(),
  );
  expect(Object.values(routers).map((router) => router.middlewares)).toEqual([
    ['no-identity', 'latchkey'],
    ['no-identity'],
  ]);
  expect(routers['orders-preflight']?.rule).toMatch(
    /Method\(`OPTIONS`\).*Access-Control-Request-Method.*!.*Authorization/,
  );
});

test('forward-auth: what is documented for Caddy removes every spelling of the fields before anything else', () => {
  const caddy = readCaddy();
  const [, route = ''] = caddy.split('route {');
  const removed = [...route.matchAll(/request_header -(\S+)\*/g)].map(([, prefix = '']) => prefix.toLowerCase());
  for (const name of Object.keys(lies))
    expect(
      removed.some((prefix) => name.startsWith(prefix)),
      name,
    ).toBe(true);
  expect(route.lastIndexOf('request_header')).toBeLessThan(route.indexOf('handle'));
  expect(caddy).toMatch(
    /@preflight \{\s+method OPTIONS\s+header Access-Control-Request-Method \*\s+header !Authorization/,
  );
});
