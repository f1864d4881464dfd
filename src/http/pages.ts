// http/pages.ts: files for browsers, beside the operations: they are no part of the contract.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context, Middleware } from 'koa';
import { AuthError } from '../errors.ts';
import { entityTag } from '../platform/entity-tag.ts';
import { readField } from './fields.ts';
import { isKnown } from './not-modified.ts';
import { pathOf } from './request.ts';

export interface Page {
  readonly contentType: string;
  read(): Promise<Buffer>;
}

export interface Site {
  /** How its requests are called in the log and the metrics. */
  readonly name: string;
  /** By their exact paths. */
  readonly pages: ReadonlyMap<string, Page>;
  /** What is given below a path where there is no file: an application that reads the address itself. */
  readonly fallback?: { readonly under: string; readonly page: Page };
  /** Content-Security-Policy (CSP Level 3). */
  readonly policy: string;
}

interface Ready {
  readonly plain: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
}

const zip = promisify(gzip);

/** A browser asks again each time, and is told in a few bytes that nothing has changed. */
const CACHING = 'no-cache';

export function servePages(sites: readonly Site[]): Middleware {
  const ready = new Map<Page, Promise<Ready>>();
  const pageAt = createPageAt(sites);

  function prepare(page: Page): Promise<Ready> {
    const known = ready.get(page) ?? load(page);
    ready.set(page, known);
    known.catch(() => ready.delete(page));
    return known;
  }

  return (ctx, next) => {
    const found = pageAt(pathOf(ctx) ?? '');
    return found ? serve(ctx, found) : next();
  };

  async function serve(ctx: Context, { site, page }: Found): Promise<void> {
    ctx.state.operationId = site.name;
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      throw new AuthError('method_not_allowed', { allow: ['GET', 'HEAD'] });
    }
    send(ctx, page, await prepare(page));
    ctx.set('Content-Security-Policy', site.policy);
  }
}

interface Found {
  readonly site: Site;
  readonly page: Page;
}

function createPageAt(sites: readonly Site[]): (path: string) => Found | null {
  const exact = new Map(sites.flatMap((site) => [...site.pages].map(([path, page]) => [path, { site, page }])));
  const below = sites.flatMap((site) => (site.fallback ? [{ site, ...site.fallback }] : []));
  return (path) => exact.get(path) ?? below.find(({ under }) => isPageOf(under, path)) ?? null;
}

/** A file that is not there is not an application. */
function isPageOf(folder: string, path: string): boolean {
  return path.startsWith(folder) && !path.includes('.');
}

async function load(page: Page): Promise<Ready> {
  const plain = await page.read();
  return { plain, zipped: await zip(plain), etag: entityTag(plain) };
}

function send(ctx: Context, { contentType }: Page, { plain, zipped, etag }: Ready): void {
  ctx.status = 200;
  ctx.set({ 'Cache-Control': CACHING, ETag: etag });
  ctx.vary('Accept-Encoding');
  ctx.type = contentType;
  if (isKnown(ctx)) {
    ctx.status = 304;
    return;
  }
  const takesGzip = readField(ctx, 'accept-encoding') !== '' && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (takesGzip) ctx.set('Content-Encoding', 'gzip');
  ctx.body = takesGzip ? zipped : plain;
}
