// http/not-modified.ts: tells whether the client has the response already.
import type { Context } from 'koa';
import { readField } from './fields.ts';

/**
 * RFC 9110 section 13.1.2. Koa's `fresh` gives up when the request says `Cache-Control: no-cache`; but that is an order to
 * the caches on the way, and fetch adds it to every condition that its caller sets.
 */
export function isKnown(ctx: Context): boolean {
  const etag = ctx.response.get('ETag');
  if (!etag) return false;
  const known = (readField(ctx, 'if-none-match') ?? '').split(',').map(opaqueTag); // no ETag of ours has a comma
  return known.includes(etag) || known.includes('*');
}

/** The comparison is a weak one. */
function opaqueTag(entityTag: string): string {
  const tag = entityTag.trim();
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
