// http/reply.ts: the shapes an answer can have, and the answers themselves.
import type { z } from 'zod';
import { entityTag } from '../platform/entity-tag.ts';

/** What goes out under one status. `schema` is also the filter: what it does not name does not leave. */
export interface ReplyShape<Body = unknown> {
  readonly description: string;
  readonly contentType: string | null;
  readonly schema: z.ZodType<unknown, Body> | null;
  /** By name, where those of the schema do not tell what this operation answers. */
  readonly examples?: Readonly<Record<string, Body>>;
  /** What is said beside the body, by name, described. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function json<Body>(
  description: string,
  schema: z.ZodType<unknown, Body>,
  examples?: Readonly<Record<string, NoInfer<Body>>>,
): ReplyShape<Body> {
  return { description, contentType: 'application/json', schema, ...(examples && { examples }) };
}

export function text(description: string, contentType: string, schema: z.ZodType<string, string>): ReplyShape<string> {
  return { description, contentType, schema };
}

/** A body that is filtered and serialised once, for all requests. */
export class Ready<Body = unknown> {
  readonly bytes: Buffer;
  /** What it was made of; of no use but to be told apart by. */
  declare readonly of: Body;

  constructor(schema: z.ZodType<unknown, Body>, body: Body) {
    this.bytes = Buffer.from(serialise(schema.parse(body)));
  }

  etag(): string {
    return entityTag(this.bytes);
  }
}

/** A string is sent as it is. */
export function serialise(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export function empty(description: string): ReplyShape<null> {
  return { description, contentType: null, schema: null };
}

/** The reply, with more header fields than usual. */
export function withHeaders<Body>(
  shape: ReplyShape<Body>,
  headers: Readonly<Record<string, string>>,
): ReplyShape<Body> {
  return { ...shape, headers };
}

export function ok<const Body>(body: Body, headers: Record<string, string> = {}) {
  return { status: 200, body, headers } as const;
}

/** `location` is the path of what was made (RFC 9110 section 15.3.2). */
export function created<const Body>(body: Body, location: string) {
  return { status: 201, body, headers: { Location: location } } as const;
}

export function accepted() {
  return { status: 202, body: null } as const;
}

export function noContent(headers: Record<string, string> = {}) {
  return { status: 204, body: null, headers } as const;
}
