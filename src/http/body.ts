// http/body.ts: from the bytes of a request to its members. koa-bodyparser reads the bytes up to the limit; what they
// mean is decided here, because its parsers forgive what a token service must not.
import { MIMEType } from 'node:util';
import type { Context } from 'koa';
import bodyParser from 'koa-bodyparser';
import { AuthError } from '../errors.ts';
import { parseStrictObject } from '../platform/strict-json.ts';
import type { FailureForm } from './endpoint.ts';
import { readField } from './fields.ts';
import { parseForm } from './form.ts';
import { isRepeated } from './request.ts';

const MAX_BODY = '16kb';
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** The content types that an operation takes, by the way it fails (design: OAuth endpoints take both). */
export const acceptedTypes: Readonly<Record<FailureForm, readonly string[]>> = {
  oauth: [FORM, JSON_TYPE],
  problem: [JSON_TYPE],
};

/** `encoding: null` (missing from the type) hands over bytes, so that invalid UTF-8 is seen and not replaced. */
const readerOptions = {
  enableTypes: ['text'],
  extendTypes: { text: [FORM, JSON_TYPE] },
  textLimit: MAX_BODY,
  encoding: null,
};
const readBytes = bodyParser(readerOptions);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The members of the body; none if there is no body. Throws `unsupported_media_type`, `payload_too_large` or
 * `invalid_request`.
 */
export async function readMembers(ctx: Context, failures: FailureForm): Promise<Record<string, unknown>> {
  if (!hasBody(ctx)) return {};
  const type = contentType(ctx, acceptedTypes[failures]);
  const text = await readText(ctx);
  if (type === FORM) return parseForm(text);
  const members = parseStrictObject(text);
  if (members === null) throw new AuthError('invalid_request');
  return failures === 'oauth' ? withoutEmpty(members) : members;
}

/** RFC 9112 section 6: a body is announced by one of these. */
function hasBody(ctx: Context): boolean {
  return ctx.get('Transfer-Encoding') !== '' || Number(ctx.get('Content-Length')) > 0;
}

function contentType(ctx: Context, accepted: readonly string[]): string {
  if (ctx.get('Content-Encoding') !== '' || isRepeated(ctx, 'content-type')) throw refused();
  const value = readField(ctx, 'content-type') ?? '';
  if (accepted.includes(value)) return value; // as nearly everybody writes it
  const type = parseMime(value);
  if (type === null || !accepted.includes(type.essence)) throw refused();
  const charset = type.params.get('charset') ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') throw refused();
  return type.essence;
}

const refused = () => new AuthError('unsupported_media_type');

/** Node's parser takes quadratic time on some values, which is why `readField` keeps them short. */
function parseMime(value: string): MIMEType | null {
  try {
    return new MIMEType(value);
  } catch {
    return null;
  }
}

async function readText(ctx: Context): Promise<string> {
  await readBytes(ctx, async () => {}).catch((error: unknown) => {
    throw bodyFailure(error);
  });
  const { body } = ctx.request;
  if (!Buffer.isBuffer(body)) return '';
  try {
    return utf8.decode(body);
  } catch {
    throw new AuthError('invalid_request');
  }
}

function bodyFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('status' in error)) return error;
  return new AuthError(error.status === 413 ? 'payload_too_large' : 'invalid_request');
}

/** RFC 6749 section 3.2: a parameter without a value counts as omitted; the JSON form keeps to it. */
function withoutEmpty(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''));
}
