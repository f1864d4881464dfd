// health/routes.ts: whether the process lives, and whether it can do its work. Neither says anything about the inside.
import { z } from 'zod';
import { AuthError } from '../errors.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { anyone } from '../http/guard.ts';
import { json, ok } from '../http/reply.ts';

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health', examples: [{ status: 'ok' }] });

/** `isReady` is false while the database does not answer or the keys are not there. */
export function healthEndpoints({ isReady }: { isReady: () => Promise<boolean> }): Endpoint[] {
  const common = { method: 'get', tag: 'Operations', guard: anyone, limit: 'none', failures: 'problem' } as const;
  return [
    endpoint({
      ...common,
      path: '/livez',
      operationId: 'getLiveness',
      summary: 'Whether the process is alive',
      replies: { 200: json('It is.', Health) },
      handle: async () => ok({ status: 'ok' }),
    }),
    endpoint({
      ...common,
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Whether the service can do its work',
      description: '503 while the database does not answer or there is no key to sign with.',
      errors: ['unavailable'],
      replies: { 200: json('It can.', Health) },
      handle: async () => {
        if (!(await isReady())) throw new AuthError('unavailable');
        return ok({ status: 'ok' });
      },
    }),
  ];
}
