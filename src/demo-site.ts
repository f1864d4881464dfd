// demo-site.ts: the example application of examples/spa at /demo, for those who want to see what this is.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page, Site } from './http/pages.ts';

const FOLDER = '/demo';
const FILES = new URL('../examples/spa/dist/', import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Filled in here: the page asks for tokens for the issuer, which need not be the address that it was opened at. */
const ISSUER_PLACE = '<meta name="latchkey-issuer" content="">';

/** None where its files are not there: an image may leave them out. */
export function demoSites(issuer: string): Site[] {
  if (!existsSync(FILES)) return [];
  const files = readdirSync(FILES, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('.'));
  const pages = new Map(files.map((file) => [`${FOLDER}/${file}`, pageOf(file)]));
  const index = withIssuer(pageOf('index.html'), issuer);
  pages.set(FOLDER, index);
  // The application finds its pages by their addresses itself.
  return [{ name: 'demo', policy, pages, fallback: { under: `${FOLDER}/`, page: index } }];
}

function pageOf(file: string): Page {
  const contentType = contentTypes[file.split('.').at(-1) ?? ''];
  if (!contentType) throw new Error(`What is ${file}?`);
  return { contentType, read: () => readFile(new URL(file, FILES)) };
}

function withIssuer({ contentType, read }: Page, issuer: string): Page {
  const place = ISSUER_PLACE.replace('""', () => `"${issuer.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`);
  const fill = (page: Buffer) => Buffer.from(page.toString().replace(ISSUER_PLACE, () => place));
  return { contentType, read: async () => fill(await read()) };
}
