// http/endpoint.ts: what an operation says about itself. The router, the parsers, the reply filter and the OpenAPI
// document are all read off this one declaration, so that they cannot disagree.
import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Limit } from '../platform/limiter.ts';
import type { Origin } from '../platform/origin.ts';
import type { Quota } from '../platform/quotas.ts';
import type { Guard } from './guard.ts';
import type { Ready, ReplyShape } from './reply.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** `oauth`: RFC 6749 section 5.2, form or JSON in. `problem`: RFC 9457, JSON in. */
export type FailureForm = 'problem' | 'oauth';

export type Replies = Readonly<Record<number, ReplyShape>>;

type BodyOf<Shape> = Shape extends ReplyShape<infer Body> ? Body : never;

/** A status, the body that goes with it, and headers beyond the usual ones. */
export interface AnyReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One of the declared replies. */
type Reply<R extends Replies> = AnyReply &
  {
    [Status in keyof R & number]: {
      readonly status: Status;
      readonly body: BodyOf<R[Status]> | Ready<BodyOf<R[Status]>>;
    };
  }[keyof R & number];

export interface Context<Caller> {
  readonly caller: Caller;
  readonly origin: Origin;
}

/** What a call brings, already parsed. A part without a schema is undefined. */
interface Input<Params, Query, Headers, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly headers: Headers;
  readonly body: Body;
}

/** An endpoint whose details only its own declaration knows. */
export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Who may call. */
  readonly guard: Guard<unknown>;
  /** Whose budget a call draws on. */
  readonly limit: Limit;
  /** What a call costs its caller, once the guard has named one. */
  readonly quota?: Quota;
  readonly failures: FailureForm;
  /** Pages of any origin may read it: it holds nothing but what everybody may know. */
  readonly isPublic?: boolean;
  /** What can go wrong beyond a malformed message, a refused caller and our own trouble. */
  readonly errors?: readonly ErrorCode[];
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType;
  /** By name, where the body is one of several schemas. */
  readonly bodyExamples?: Readonly<Record<string, unknown>>;
  readonly replies: Replies;
  handle(input: Input<unknown, unknown, unknown, unknown>, context: Context<unknown>): Promise<AnyReply>;
}

interface Declaration<Caller, R extends Replies, Params, Query, Headers, Body> extends Endpoint {
  readonly guard: Guard<Caller>;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly headers?: z.ZodType<Headers>;
  readonly body?: z.ZodType<Body>;
  readonly replies: R;
  handle(input: Input<Params, Query, Headers, Body>, context: Context<Caller>): Promise<Reply<R>>;
}

/** Ties the handler to the schemas: it gets what they parse to, and must return one of the declared replies. */
export function endpoint<
  Caller,
  const R extends Replies,
  Params = undefined,
  Query = undefined,
  Headers = undefined,
  Body = undefined,
>(declaration: Declaration<Caller, R, Params, Query, Headers, Body>): Endpoint {
  return declaration;
}
