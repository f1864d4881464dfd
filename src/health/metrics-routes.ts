// health/metrics-routes.ts: the figures, for whoever has the token of the deployment's own monitoring.
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AuthError } from '../errors.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { bearerToken, type Guard } from '../http/guard.ts';
import { ok, text } from '../http/reply.ts';
import type { Metrics } from '../platform/metrics.ts';
import { digest } from '../platform/secrets.ts';

interface Parts {
  readonly metrics: Metrics;
  /** null: nobody may read. */
  readonly token: string | null;
}

export function metricsEndpoints({ metrics, token }: Parts): Endpoint[] {
  const guard: Guard<null> = {
    requirements: [{ metricsToken: [] }],
    errors: ['token_missing', 'invalid_token'],
    async admit({ authorization }) {
      const presented = bearerToken(authorization);
      if (token === null || !isSame(presented, token)) throw new AuthError('invalid_token');
      return null;
    },
    name: () => ({}),
  };
  return [
    endpoint({
      method: 'get',
      path: '/metrics',
      operationId: 'getMetrics',
      tag: 'Operations',
      summary: 'Metrics for Prometheus',
      guard,
      limit: 'none',
      failures: 'problem',
      replies: { 200: text('In the text format of Prometheus.', 'text/plain', z.string()) },
      handle: async () => ok(await metrics.read()),
    }),
  ];
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(digest(one)), Buffer.from(digest(other)));
}
