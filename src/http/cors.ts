// http/cors.ts: which pages of other origins may read our answers: none, but for those that are named. Nothing here
// is protected by cookies, so there are no credentials to allow.
import type { Context, Middleware, Next } from 'koa';
import { readField } from './fields.ts';

/** Tracing libraries (Sentry, W3C Trace Context, W3C Baggage) add the last four to every request of a page. */
const REQUEST_HEADERS = [
  ...['Authorization', 'Content-Type', 'Idempotency-Key'],
  ...['baggage', 'sentry-trace', 'traceparent', 'tracestate'],
].join(', ');
const RESPONSE_HEADERS = 'ETag, Location, Retry-After, WWW-Authenticate, X-Request-Id';
/** How long a browser remembers a preflight, in seconds. */
const PREFLIGHT_MAX_AGE = '600';

interface Parts {
  /** Compared as it is written: no prefix, no suffix, no other port. */
  readonly isAllowed: (origin: string) => Promise<boolean>;
  /** True of a path that holds nothing but what everybody may know. */
  readonly isPublic: (ctx: Context) => boolean;
}

/** Fetch standard, section 3.2 (CORS protocol). */
export function cors({ isAllowed, isPublic }: Parts): Middleware {
  return (ctx, next) => {
    if (isPublic(ctx)) return share('*', ctx, next);
    ctx.res.setHeader('Vary', 'Origin'); // a cache on the way must not give one origin what was said to another
    const origin = readField(ctx, 'origin');
    return !origin ? next() : shareIfAllowed(origin, ctx, next);
  };

  async function shareIfAllowed(origin: string, ctx: Context, next: Next): Promise<void> {
    await ((await isAllowed(origin)) ? share(origin, ctx, next) : next());
  }
}

function share(origin: string, ctx: Context, next: Next): Promise<void> {
  ctx.res.setHeader('Access-Control-Allow-Origin', origin);
  ctx.res.setHeader('Access-Control-Expose-Headers', RESPONSE_HEADERS);
  return ctx.method === 'OPTIONS' ? preflight(ctx, next) : next();
}

async function preflight(ctx: Context, next: Next): Promise<void> {
  await next();
  ctx.set('Access-Control-Allow-Methods', ctx.response.get('Allow'));
  ctx.set('Access-Control-Allow-Headers', REQUEST_HEADERS);
  ctx.set('Access-Control-Max-Age', PREFLIGHT_MAX_AGE);
}
