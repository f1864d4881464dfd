// test/sdk/verifier/frameworks.ts: the same small service in every framework, protected by the kit.
import type { RequestListener } from 'node:http';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { onTestFinished } from 'vitest';
import * as forExpress from '../../../sdk/src/express.ts';
import * as forFastify from '../../../sdk/src/fastify.ts';
import * as forFetch from '../../../sdk/src/fetch.ts';
import * as forHono from '../../../sdk/src/hono.ts';
import * as forKoa from '../../../sdk/src/koa.ts';
import type { Principal, ProtectOptions, Verifier } from '../../../sdk/src/verifier.ts';
import { listen } from './issuer.ts';

/** Says who is there; `throws` is a bug in the handler. */
export interface Service {
  readonly verifier: Verifier;
  readonly options: ProtectOptions;
  readonly throws?: Error;
}

const tell = (principal: Principal | null, { throws }: Service) => {
  if (throws) throw throws;
  return { subject: principal?.subject ?? null };
};

function koaService(service: Service) {
  const app = new Koa();
  app.silent = true;
  app.use(forKoa.protect(service.verifier, service.options));
  app.use((ctx) => {
    if (ctx.state.user !== ctx.state.principal) throw new Error('There are two of them.');
    ctx.body = tell(ctx.state.user, service);
  });
  return listen(app.callback());
}

function expressService(service: Service) {
  const app = express();
  app.set('env', 'test'); // says nothing of errors
  app.use(forExpress.protect(service.verifier, service.options));
  app.get('/', (request, response) => {
    const principal = service.options.optional ? Reflect.get(request, 'auth') : forExpress.principalOf(request);
    response.json(tell(principal, service));
  });
  return listen(app);
}

async function fastifyService(service: Service) {
  const app = fastify();
  await app.register(forFastify.requestAuth);
  const onRequest = forFastify.protect(service.verifier, service.options);
  app.get('/', { onRequest }, async (request) => {
    const principal = service.options.optional ? Reflect.get(request, 'auth') : forFastify.principalOf(request);
    return tell(principal, service);
  });
  onTestFinished(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** How a runtime that is not Node would call it. */
function serve(handle: (request: Request) => Response | Promise<Response>) {
  const listener: RequestListener = async (incoming, outgoing) => {
    const headers = new Headers();
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
    }
    const request = new Request('http://orders.example/', { headers });
    const response = await Promise.resolve(handle(request)).catch(() => new Response(null, { status: 500 }));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  };
  return listen(listener);
}

function fetchService(service: Service) {
  const { verifier, options } = service;
  return serve(forFetch.protect(verifier, (_, principal) => Response.json(tell(principal, service)), options));
}

function honoService(service: Service) {
  const app = new Hono<{ Variables: { principal: Principal } }>();
  app.onError((_, c) => c.body(null, 500));
  app.use(forHono.protect(service.verifier, service.options));
  app.get('/', (c) => c.json(tell(c.get('principal'), service)));
  return serve(app.fetch);
}

/** Each resolves to the address of the service. */
export const frameworks: readonly (readonly [string, (service: Service) => Promise<string>])[] = [
  ['Koa', koaService],
  ['Express', expressService],
  ['Fastify', fastifyService],
  ['fetch', fetchService],
  ['Hono', honoService],
];
