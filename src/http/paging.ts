// http/paging.ts: lists in pages, the same for all of them.
import { z } from 'zod';
import { AuthError } from '../errors.ts';
import { story } from '../examples.ts';
import type { Cursors } from '../platform/cursor.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const pageMembers = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_LIMIT, `From 1 to ${MAX_LIMIT}.`)
    .optional()
    .transform((limit) => limit ?? DEFAULT_LIMIT)
    .describe(`How many at most: 1 to ${MAX_LIMIT}, by default ${DEFAULT_LIMIT}.`)
    .meta({ examples: ['2'] }),
  cursor: z
    .string()
    .max(1000)
    .optional()
    .describe('The `next_cursor` of the page before.')
    .meta({ examples: [story.cursor] }),
};

export const NextCursor = z.string().nullable().describe('Where the next page begins; null on the last one.');

interface Order<Row> {
  readonly cursors: Cursors;
  /** Of which list the cursors are. */
  readonly name: string;
  /** What the rows are ordered by. */
  readonly keyOf: (row: Row) => string;
  readonly read: (after: string, limit: number) => Promise<readonly Row[]>;
}

interface Asked {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Throws `invalid_request` for a cursor that is none of this list's. */
export async function readPage<Row>({ cursors, name, keyOf, read }: Order<Row>, { limit, cursor }: Asked) {
  const after = cursor === undefined ? '' : cursors.open(name, cursor);
  if (after === null) throw new AuthError('invalid_request', { fields: [unknownCursor] });
  const rows = await read(after, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next_cursor: rows.length > limit && last ? cursors.seal(name, keyOf(last)) : null };
}

const unknownCursor = { pointer: '/cursor', code: 'invalid', detail: 'This is no cursor of this list.' };
