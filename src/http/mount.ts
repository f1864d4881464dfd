// http/mount.ts: what an endpoint's declaration means at run time: limit, admit, parse, handle, filter, answer.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AuthError } from '../errors.ts';
import type { Limiter } from '../platform/limiter.ts';
import { once } from '../platform/once.ts';
import { readMembers } from './body.ts';
import type { AnyReply, Endpoint } from './endpoint.ts';
import { isKnown } from './not-modified.ts';
import { parse } from './parse.ts';
import { Ready } from './reply.ts';
import { RequestOrigin } from './request.ts';

export function mount(router: Router, endpoint: Endpoint, { limiter }: { limiter: Limiter }): void {
  router[endpoint.method](endpoint.operationId, endpoint.path, async (ctx: Context) => {
    ctx.state.operationId = endpoint.operationId;
    const origin = new RequestOrigin(ctx);
    await limiter(endpoint.limit, origin);
    const members = once(() => readMembers(ctx, endpoint.failures));
    const authorization = ctx.headers.authorization;
    const caller = await endpoint.guard.admit({ authorization, parameters: members });
    ctx.state.caller = endpoint.guard.name(caller);
    const input = {
      params: endpoint.params && parse(endpoint.params, ctx.params),
      query: endpoint.query && parse(endpoint.query, { ...ctx.query }),
      headers: endpoint.headers && parse(endpoint.headers, ctx.headers),
      body: endpoint.body && parse(endpoint.body, await members()),
    };
    answer(ctx, endpoint, await endpoint.handle(input, { caller, origin }));
  });
}

function answer(ctx: Context, endpoint: Endpoint, { status, body, headers = {} }: AnyReply): void {
  const shape = endpoint.replies[status];
  if (!shape) throw new Error(`${endpoint.operationId} does not declare the status ${status}.`);
  ctx.status = status;
  if (endpoint.failures === 'oauth') ctx.set('Pragma', 'no-cache'); // RFC 6749 section 5.1
  for (const name in headers) ctx.res.setHeader(name, headers[name] ?? '');
  writeBody(ctx, shape.contentType, body instanceof Ready ? body.text : (shape.schema?.parse(body) ?? ''));
  if (isKnown(ctx)) ctx.status = 304;
}

function writeBody(ctx: Context, contentType: string | null, body: unknown): void {
  if (ctx.status === 204) return;
  if (contentType) ctx.res.setHeader('Content-Type', `${contentType}; charset=utf-8`); // before Koa guesses
  ctx.body = typeof body === 'string' ? body : JSON.stringify(body);
  if (!contentType) ctx.remove('Content-Type');
}

/** After the router: OPTIONS is answered, and everything else is the wrong method or the wrong path. */
export function answerUnmatched(ctx: Context): void {
  const routes: readonly { readonly methods: readonly string[] }[] = ctx.matched ?? [];
  if (routes.length === 0) throw new AuthError('not_found');
  const allow = [...new Set([...routes.flatMap((route) => route.methods), 'OPTIONS'])];
  if (ctx.method !== 'OPTIONS') throw new AuthError('method_not_allowed', { allow });
  ctx.status = 204;
  ctx.set('Allow', allow.join(', '));
}
