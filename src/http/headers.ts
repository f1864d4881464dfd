// http/headers.ts: the header fields of every answer, errors included.
import type { Middleware } from 'koa';
import { requestId } from './request.ts';

/** OWASP REST security headers. Answers are not stored unless an endpoint says otherwise. */
const baseHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Two years (RFC 6797 section 6.1.1), in seconds. */
const HSTS = 'max-age=63072000';

export function setBaseHeaders({ issuer }: { issuer: string }): Middleware {
  const headers = issuer.startsWith('https:') ? { ...baseHeaders, 'Strict-Transport-Security': HSTS } : baseHeaders;
  const fields = Object.entries(headers);
  return (ctx, next) => {
    for (const [name, value] of fields) ctx.res.setHeader(name, value);
    ctx.res.setHeader('X-Request-Id', requestId(ctx));
    return next();
  };
}
