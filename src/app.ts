// app.ts: the map of the service: what every request passes, in order, and then its endpoint.
import Koa, { type Context } from 'koa';
import { cors } from './http/cors.ts';
import type { Endpoint, FailureForm } from './http/endpoint.ts';
import { errorBoundary } from './http/error-boundary.ts';
import { setBaseHeaders } from './http/headers.ts';
import { mount } from './http/mount.ts';
import { type Site, servePages } from './http/pages.ts';
import { findClientAddress, pathOf, refuseAmbiguous } from './http/request.ts';
import { requestLog } from './http/request-log.ts';
import { requestMetrics } from './http/request-metrics.ts';
import type { Clock } from './platform/clock.ts';
import type { Limiter } from './platform/limiter.ts';
import type { Logger } from './platform/logger.ts';
import type { Metrics } from './platform/metrics.ts';
import type { AddressOf } from './platform/network.ts';
import type { SpendQuota } from './platform/quotas.ts';

interface Parts {
  readonly addressOf: AddressOf;
  readonly isAllowedOrigin: (origin: string) => Promise<boolean>;
  readonly endpoints: readonly Endpoint[];
  readonly sites: readonly Site[];
  readonly issuer: string;
  readonly now: Clock;
  readonly log: Logger;
  readonly limiter: Limiter;
  readonly spendQuota: SpendQuota;
  readonly metrics: Metrics;
}

export function createApp({
  endpoints,
  sites,
  issuer,
  now,
  log,
  limiter,
  spendQuota,
  metrics,
  addressOf,
  isAllowedOrigin,
}: Parts): Koa {
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  const app = new Koa();
  // What becomes of an answer that nobody waits for any more. Koa would print it beside the log.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'answer not delivered'));
  app.use(requestMetrics(metrics));
  app.use(findClientAddress(addressOf));
  app.use(requestLog({ log, now }));
  app.use(setBaseHeaders({ issuer }));
  app.use(errorBoundary({ issuer, log, formOf }));
  app.use(cors({ isAllowed: isAllowedOrigin, isPublic }));
  app.use(refuseAmbiguous());
  app.use(servePages(sites));
  mount(app, endpoints, { limiter, spendQuota });
  return app;

  /** A path has one envelope for all its methods, and for what is refused before the router has seen it. */
  function formOf(ctx: Context): FailureForm {
    return byPath.get(pathOf(ctx) ?? '')?.failures ?? 'problem';
  }

  function isPublic(ctx: Context): boolean {
    return byPath.get(pathOf(ctx) ?? '')?.isPublic === true;
  }
}
