// http/fields.ts: reads header fields whose value is parsed, each up to a length that no honest client needs.
import type { Context } from 'koa';

/** In characters. Node limits only the sum of all fields, to 16 KB. */
export const fieldLimits = {
  'accept-encoding': 256,
  authorization: 12_288, // tokens with many scopes and roles are long
  'content-type': 256,
  'if-none-match': 1024,
  origin: 512,
} as const satisfies Record<string, number>;

export type LimitedField = keyof typeof fieldLimits;

/**
 * Undefined if the request has no such field. A longer value is read as an empty one, which every reader refuses or
 * ignores: so a parser that is slow on long values never gets one.
 */
export function readField({ req: { headers } }: Context, name: LimitedField): string | undefined {
  const value = headers[name];
  return value !== undefined && value.length > fieldLimits[name] ? '' : value;
}
