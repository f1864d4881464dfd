// http/mount.ts: what an endpoint's declaration means at run time: limit, admit, spend, parse, handle, filter,
// answer.
import type Koa from 'koa';
import type { Context } from 'koa';
import { AuthError } from '../errors.ts';
import type { Limiter } from '../platform/limiter.ts';
import { once } from '../platform/once.ts';
import type { SpendQuota } from '../platform/quotas.ts';
import { require } from '../platform/require.ts';
import { readMembers } from './body.ts';
import type { AnyReply, Endpoint } from './endpoint.ts';
import { readField } from './fields.ts';
import type { Subject } from './guard.ts';
import { isKnown } from './not-modified.ts';
import { parse } from './parse.ts';
import { Ready, serialise } from './reply.ts';
import { pathOf, RequestOrigin } from './request.ts';

const { Router }: typeof import('@koa/router') = require('@koa/router');

type Serve = (ctx: Context) => Promise<void>;

interface Limits {
  readonly limiter: Limiter;
  readonly spendQuota: SpendQuota;
}

/**
 * Paths are exact: no other case, no slash at the end (RFC 3986 section 6.2.2.1 leaves them distinct). Those without
 * parameters are looked up; the router tries one pattern after the other, which is left for the rest, and for HEAD.
 */
export function mount(app: Koa, endpoints: readonly Endpoint[], limits: Limits): void {
  const router = new Router({ strict: true, sensitive: true });
  const plain = new Map<string, Serve>();
  for (const endpoint of endpoints) {
    const { method, operationId, path } = endpoint;
    const serve = serving(endpoint, limits);
    router[method](operationId, path, serve);
    if (!path.includes(':')) plain.set(`${method.toUpperCase()} ${path}`, serve);
  }
  app.use((ctx, next) => plain.get(`${ctx.method} ${pathOf(ctx)}`)?.(ctx) ?? next());
  app.use(router.routes());
  app.use(answerUnmatched);
}

function serving(endpoint: Endpoint, { limiter, spendQuota }: Limits): Serve {
  return async (ctx) => {
    ctx.state.operationId = endpoint.operationId;
    const origin = new RequestOrigin(ctx);
    await limiter(endpoint.limit, origin);
    const members = once(() => readMembers(ctx, endpoint.failures));
    const authorization = readField(ctx, 'authorization');
    const caller = await endpoint.guard.admit({ authorization, parameters: members, origin });
    const subject = endpoint.guard.name(caller);
    ctx.state.caller = subject;
    if (endpoint.quota) await spendQuota(endpoint.quota, quotaKey(subject));
    const input = {
      params: endpoint.params && parse(endpoint.params, ctx.params),
      query: endpoint.query && parse(endpoint.query, { ...ctx.query }),
      headers: endpoint.headers && parse(endpoint.headers, ctx.headers),
      body: endpoint.body && parse(endpoint.body, await members()),
    };
    answer(ctx, endpoint, await endpoint.handle(input, { caller, origin }));
  };
}

function quotaKey({ userId, clientId }: Subject): string {
  const caller = userId ?? clientId;
  if (caller) return caller;
  throw new Error('An endpoint with a quota needs a guard that names its caller.');
}

function answer(ctx: Context, endpoint: Endpoint, { status, body, headers = {} }: AnyReply): void {
  const shape = endpoint.replies[status];
  if (!shape) throw new Error(`${endpoint.operationId} does not declare the status ${status}.`);
  ctx.status = status;
  if (endpoint.failures === 'oauth') ctx.set('Pragma', 'no-cache'); // RFC 6749 section 5.1
  for (const [name, value] of Object.entries(headers)) ctx.res.setHeader(name, value);
  writeBody(ctx, shape.contentType, body instanceof Ready ? body.bytes : serialise(shape.schema?.parse(body) ?? ''));
  if (isKnown(ctx)) ctx.status = 304;
}

function writeBody(ctx: Context, contentType: string | null, body: string | Buffer): void {
  if (ctx.status === 204) return;
  if (contentType) ctx.res.setHeader('Content-Type', `${contentType}; charset=utf-8`); // before Koa guesses
  ctx.body = body;
  if (!contentType) ctx.remove('Content-Type');
}

/** OPTIONS is answered, and everything else is the wrong method or the wrong path. */
function answerUnmatched(ctx: Context): void {
  const routes: readonly { readonly methods: readonly string[] }[] = ctx.matched ?? [];
  if (routes.length === 0) throw new AuthError('not_found');
  const allow = [...new Set([...routes.flatMap((route) => route.methods), 'OPTIONS'])];
  if (ctx.method !== 'OPTIONS') throw new AuthError('method_not_allowed', { allow });
  ctx.status = 204;
  ctx.set('Allow', allow.join(', '));
}
