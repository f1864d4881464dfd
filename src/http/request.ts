// http/request.ts: what a request says about itself before anybody reads it: an identifier, a peer, single headers.
import type { Context, Middleware } from 'koa';
import { AuthError } from '../errors.ts';
import type { AddressOf } from '../platform/network.ts';
import { once } from '../platform/once.ts';
import type { Origin } from '../platform/origin.ts';
import { newId } from '../platform/random.ts';

const MAX_USER_AGENT = 256;

/** Fields that must not be ambiguous for any operation; Node would silently keep the first. */
const singular = ['host', 'authorization'];

/** The identifier we gave the request; one that the caller sends is not believed. */
export function requestId(ctx: Context): string {
  ctx.state.requestId ??= newId();
  return ctx.state.requestId;
}

/** The address of the client, through proxies that are trusted. */
export function clientAddress(ctx: Context): string {
  return ctx.state.findAddress();
}

export function findClientAddress(addressOf: AddressOf): Middleware {
  return (ctx, next) => {
    const peer = ctx.req.socket.remoteAddress ?? ''; // it is gone when the connection is
    ctx.state.findAddress = once(() => addressOf(peer, ctx.get('X-Forwarded-For')));
    return next();
  };
}

/** Found out when it is asked for: most requests need little of it. */
export class RequestOrigin implements Origin {
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  get ip(): string {
    return clientAddress(this.#ctx);
  }

  get userAgent(): string | null {
    return this.#ctx.get('User-Agent').slice(0, MAX_USER_AGENT) || null;
  }

  get requestId(): string {
    return requestId(this.#ctx);
  }

  get gone(): AbortSignal {
    return goneSignal(this.#ctx);
  }
}

function goneSignal(ctx: Context): AbortSignal {
  if (ctx.res.destroyed) return AbortSignal.abort();
  const controller = new AbortController();
  // Not when all is said: an error would be made for nobody.
  ctx.res.once('close', () => ctx.res.writableFinished || controller.abort());
  return controller.signal;
}

/** The path that is asked for, also of a request that is refused; null where its target has none (RFC 9112 section 3.2). */
export function pathOf(ctx: Context): string | null {
  if (ctx.state.path === undefined) ctx.state.path = readPath(ctx.req.url ?? '');
  return ctx.state.path;
}

function readPath(target: string): string | null {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  return path.startsWith('/') || path === '*' ? path : (URL.parse(target)?.pathname ?? null);
}

/**
 * Koa leaves the reading to a parser that warns of some targets, repeating them, and throws on others: those that are no
 * target at all never reach it, and of the rest only what both read alike is served.
 */
function isTarget(ctx: Context): boolean {
  const path = pathOf(ctx);
  if (path === null || /[\s#]/.test(ctx.req.url ?? '')) return false; // no target has a fragment
  try {
    return ctx.path === path;
  } catch {
    return false;
  }
}

/**
 * Messages that could be read in two ways: a target that is none, a second Host field (RFC 9112 section 3.2), a second
 * Authorization.
 */
export function refuseAmbiguous(): Middleware {
  return (ctx, next) => {
    if (!isTarget(ctx)) throw new AuthError('invalid_request');
    if (singular.some((name) => isRepeated(ctx, name))) throw new AuthError('invalid_request');
    return next();
  };
}

/** `name` in lower case. */
export function isRepeated(ctx: Context, name: string): boolean {
  const fields = ctx.req.rawHeaders; // names and values in turns
  let times = 0;
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at]?.length === name.length && fields[at]?.toLowerCase() === name) times += 1;
  }
  return times > 1;
}
