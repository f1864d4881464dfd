// test/http/one-operation.ts: the app around a single operation whose work the test brings.
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { createApp } from '../../src/app.ts';
import type { AnyReply, Endpoint } from '../../src/http/endpoint.ts';
import { anyone } from '../../src/http/guard.ts';
import { json } from '../../src/http/reply.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { listen } from '../../src/server.ts';
import { createApi } from '../harness/api.ts';

/** GET /oauth and GET /problem, named after their envelopes. */
export async function serveOperation(handle: () => Promise<AnyReply>) {
  const common = { method: 'get', tag: 'Tests', summary: 'A test', guard: anyone, limit: 'none' } as const;
  const replies = { 200: json('The answer.', z.object({ answer: z.int() })) };
  // Not by `endpoint()`, whose types would keep a test from answering wrongly.
  const endpoints: Endpoint[] = [
    { ...common, path: '/oauth', operationId: 'oauth', failures: 'oauth', replies, handle },
    { ...common, path: '/problem', operationId: 'problem', failures: 'problem', replies, handle },
  ];
  return serveEndpoints(endpoints);
}

/** The app around whatever there is to serve, and nothing else of the service. `lines` is the log as it grows. */
export async function serveEndpoints(endpoints: readonly Endpoint[]) {
  const lines: string[] = [];
  const log = createLogger('trace', { write: (line) => lines.push(line) });
  const app = createApp({
    endpoints,
    sites: [],
    issuer: 'http://localhost:1',
    now: systemClock,
    log,
    limiter: async () => {},
    spendQuota: async () => {},
    metrics: createMetrics(),
    addressOf: (peer) => peer,
    isAllowedOrigin: async () => false,
  });
  const server = await listen('127.0.0.1', 0);
  server.serve(app.callback());
  onTestFinished(() => server.drain(0));
  return { api: createApi(`http://127.0.0.1:${server.port}`, () => {}), lines };
}
