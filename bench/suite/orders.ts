// bench/suite/orders.ts: what the runner says to the process that makes the load, and what it answers.
import { z } from 'zod';

const scenario = z.enum(['sign-in', 'refresh', 'client_credentials', 'me', 'introspection', 'forward-auth', 'jwks']);
const dialect = z.enum(['latchkey', 'oidc', 'better-auth', 'koa']);
const name = z.string();
const world = { name, url: z.string(), facts: z.record(z.string(), z.string()) };

export const Order = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prepare'), ...world, dialect, scenario, users: z.int() }),
  /** Refresh tokens that are sealed already, shared out among the users. */
  z.object({ kind: z.literal('prepare tokens'), ...world, tokens: z.array(z.string()), users: z.int() }),
  z.object({ kind: z.literal('prepare hashes'), ...world, atOnce: z.int() }),
  z.object({ kind: z.literal('prepare storm'), ...world, people: z.int() }),
  z.object({ kind: z.literal('run'), name, seconds: z.number() }),
  /** Each user so many times. */
  z.object({ kind: z.literal('repeat'), name, times: z.int() }),
  z.object({ kind: z.literal('storm'), name, mode: z.enum(['probes', 'sign-ins']), seconds: z.number() }),
]);

export type Order = z.infer<typeof Order>;

/** Times in milliseconds. */
export const Tally = z.object({ count: z.number(), seconds: z.number(), p50: z.number(), p99: z.number() });
export type Tally = z.infer<typeof Tally>;

const Latencies = z.object({ count: z.number(), p50: z.number(), p99: z.number(), max: z.number() });
export const Weather = z.object({
  /** By probe; empty where there were only sign-ins. */
  probes: z.record(z.string(), Latencies),
  failures: z.array(z.string()),
  /** Per second, right or wrong; null where there were none. */
  signIns: z.number().nullable(),
});
export type Weather = z.infer<typeof Weather>;

export const Answer = z.object({ error: z.string().optional(), value: z.unknown() });
