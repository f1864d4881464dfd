// http/error-boundary.ts: whatever is thrown below becomes one answer in the right envelope.
import type { Context, Middleware } from 'koa';
import { AuthError } from '../errors.ts';
import { isUnavailable } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { FailureForm } from './endpoint.ts';
import { envelopes, failureHeaders, failures, oauthBody, problemBody } from './problem.ts';
import { requestId } from './request.ts';

interface Parts {
  readonly issuer: string;
  readonly log: Logger;
  /** The envelope that the callers of this path expect. */
  readonly formOf: (ctx: Context) => FailureForm;
}

export function errorBoundary({ issuer, log, formOf }: Parts): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = expected(thrown);
      if (error.code === 'overloaded') log.warn({ requestId: requestId(ctx) }, error.code);
      else if (failures[error.code].status >= 500) log.error({ err: thrown, requestId: requestId(ctx) }, error.code);
      ctx.state.failure = error.code;
      answer(ctx, error, formOf(ctx), issuer);
    }
  };
}

function expected(thrown: unknown): AuthError {
  if (thrown instanceof AuthError) return thrown;
  return new AuthError(isUnavailable(thrown) ? 'unavailable' : 'internal_error', { cause: thrown });
}

function answer(ctx: Context, error: AuthError, form: FailureForm, issuer: string): void {
  const { contentType, schema } = envelopes[form];
  const body = form === 'oauth' ? oauthBody(error) : problemBody(error, { issuer, requestId: requestId(ctx) });
  ctx.status = failures[error.code].status;
  ctx.set(failureHeaders(error));
  ctx.body = JSON.stringify(schema?.parse(body));
  ctx.type = `${contentType}; charset=utf-8`;
}
