// http/request-metrics.ts: how many requests of which operation were answered how, and in what time.
import type { Middleware } from 'koa';
import type { Metrics } from '../platform/metrics.ts';

/** What no operation answered: an unknown path, or a message that is none. */
const NONE = 'none';

export function requestMetrics({ timeRequest }: Pick<Metrics, 'timeRequest'>): Middleware {
  return async (ctx, next) => {
    const stop = timeRequest();
    await next();
    stop(ctx.state.operationId ?? NONE, ctx.status);
  };
}
