// What only one of the frameworks has.
import express from 'express';
import fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import * as forExpress from '../../../sdk/src/express.ts';
import * as forFastify from '../../../sdk/src/fastify.ts';
import * as forFetch from '../../../sdk/src/fetch.ts';
import { startIssuer } from './issuer.ts';

test('fetch: what a runtime gives beside the request comes after the principal', async () => {
  const { verifier, sign } = await startIssuer();
  const handler = forFetch.protect(verifier(), async (_, principal, { params }: { params: { id: string } }) => {
    return Response.json([principal.clientId, params.id]);
  });
  const request = new Request('http://orders.example/7', { headers: { Authorization: `Bearer ${await sign()}` } });
  expect(await (await handler(request, { params: { id: '7' } })).json()).toEqual(['orders-app', '7']);
});

test('fetch: the principal may be null to TypeScript only where the options say so', async () => {
  const { verifier } = await startIssuer();
  const request = new Request('http://orders.example/');
  const open = forFetch.protect(verifier(), (_, principal) => Response.json(principal?.subject ?? null), {
    optional: true,
  });
  expect(await (await open(request)).json()).toBeNull();
  // @ts-expect-error: somebody has to ask whether anybody is there
  forFetch.protect(verifier(), (_, principal) => Response.json(principal.subject), { optional: true });
  const shut = forFetch.protect(verifier(), (_, principal) => Response.json(principal.subject), { roles: ['clerk'] });
  expect((await shut(request)).status).toBe(401);
});

test('fastify: request.auth is there everywhere in the app, and null where nothing is protected', async () => {
  const { verifier, sign } = await startIssuer();
  const app = fastify();
  onTestFinished(() => app.close());
  app.register(forFastify.requestAuth);
  app.register(async (orders) => {
    orders.addHook('onRequest', forFastify.protect(verifier()));
    orders.get('/orders', async (request) => forFastify.principalOf(request).clientId);
  });
  app.get('/open', async (request) => ({ auth: Reflect.get(request, 'auth') }));
  const headers = { authorization: `Bearer ${await sign()}` };
  expect(await app.inject({ url: '/orders', headers })).toMatchObject({ statusCode: 200, body: 'orders-app' });
  expect(await app.inject({ url: '/orders' })).toMatchObject({ statusCode: 401 });
  expect((await app.inject({ url: '/open', headers })).json()).toEqual({ auth: null });
  expect(app.hasRequestDecorator('auth')).toBe(true);
});

test.each([
  ['express', forExpress.principalOf],
  ['fastify', forFastify.principalOf],
])('%s: whoever asks for the principal where nobody was let in, is told', (_, principalOf) => {
  expect(() => principalOf({})).toThrow(/protect/);
  expect(() => principalOf({ auth: null })).toThrow(/protect/);
});

test('express: a guarded route beside an open one', async () => {
  const { verifier } = await startIssuer();
  const app = express();
  app.get('/orders', forExpress.protect(verifier(), { scope: 'orders:read' }), (_, response) => void response.end());
  app.get('/open', (_, response) => void response.end());
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${address.port}${path}`)).status;
  expect([await statusOf('/orders'), await statusOf('/open')]).toEqual([401, 200]);
});
