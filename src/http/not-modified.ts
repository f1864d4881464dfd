// http/not-modified.ts: whether whoever asks has the answer already.
import type { Context } from 'koa';

/**
 * RFC 9110 section 13.1.2. Koa's `fresh` gives up when the request says `Cache-Control: no-cache`; but that is an order to
 * the caches on the way, and fetch adds it to every condition that its caller sets.
 */
export function isKnown(ctx: Context): boolean {
  const etag = ctx.response.get('ETag');
  if (!etag) return false;
  const known = ctx.get('If-None-Match').split(/\s*,\s*(?:W\/)?|^W\//);
  return known.includes(etag) || known.includes('*');
}
