// http/request-log.ts: one line a request. Paths, queries, headers and bodies stay out: any of them may hold a secret.
import type { Middleware } from 'koa';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { requestId } from './request.ts';

export function requestLog({ log, now }: { log: Logger; now: Clock }): Middleware {
  return async (ctx, next) => {
    const startedAt = now();
    await next();
    const { operationId, failure } = ctx.state;
    const durationMs = now().getTime() - startedAt.getTime();
    log.info({ operationId, status: ctx.status, failure, durationMs, requestId: requestId(ctx) }, 'request');
  };
}
