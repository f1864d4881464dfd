// http/request-log.ts: one line a request. Paths, queries, headers and bodies stay out: any of them may hold a secret.
import type { Context, Middleware, Next } from 'koa';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { maskAddress } from '../platform/network.ts';
import { clientAddress, requestId } from './request.ts';

export function requestLog({ log, now }: { log: Logger; now: Clock }): Middleware {
  return (ctx, next) => (log.isLevelEnabled('info') ? tell(ctx, next) : next());

  async function tell(ctx: Context, next: Next): Promise<void> {
    const startedAt = now();
    await next();
    const { operationId, failure, caller } = ctx.state;
    const durationMs = now().getTime() - startedAt.getTime();
    const network = maskAddress(clientAddress(ctx));
    const line = {
      operationId,
      status: ctx.status,
      failure,
      durationMs,
      requestId: requestId(ctx),
      network,
      ...caller,
    };
    log.info(line, 'request');
  }
}
