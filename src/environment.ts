// environment.ts: every variable that is read, what it may hold, and what it is when nobody sets it.
import { z } from 'zod';
import {
  addressBlocks,
  bytes,
  codeLink,
  duration,
  integer,
  list,
  mailSender,
  origin,
  origins,
  smtpUrl,
  trueSecrets,
} from './config-values.ts';
import { signingAlgorithms } from './keys/signing-key.ts';
import { logLevels } from './platform/logger.ts';
import { ARGON2_LIMITS } from './users/hash-work.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** OWASP Password Storage cheat sheet: argon2id with 19 MiB, two passes, one lane, or stronger. */
export const HASH_FLOOR = { memoryKiB: 19 * 1024, passes: 2 };
/** libuv's threads unless UV_THREADPOOL_SIZE says otherwise; signing needs one that no hash can take. */
const DEFAULT_THREADS = 4;

const hour = 3600;

export const EnvironmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().optional(),
  PORT: integer(0, 65_535).default(3000),
  ISSUER: origin().optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'must start with sqlite: or postgres://')
    .default('sqlite:./data/latchkey.db'),
  DATABASE_POOL: integer(1, 1000).default(10),
  DATABASE_PREPARE: z.enum(['on', 'off']).default('on'),
  SECRETS: trueSecrets().optional(),
  AUDIENCE: list().optional(),
  SIGNING_ALG: z.enum(signingAlgorithms).default('ES256'),
  ACCESS_TOKEN_TTL: duration(1, hour).default(300),
  SESSION_IDLE_TTL: duration(1).default(2 * hour),
  SESSION_TTL: duration(1).default(12 * hour),
  REMEMBERED_IDLE_TTL: duration(1).default(14 * 24 * hour),
  REMEMBERED_TTL: duration(1).default(30 * 24 * hour),
  REFRESH_GRACE: duration(0, 300).default(30),
  RESTORED_SESSIONS: z.enum(['keep', 'end']).default('keep'),
  MAX_SESSIONS_PER_USER: integer(1, 1000).default(50),
  JWKS_MAX_AGE: duration(1, hour).default(300),
  KEY_MAX_AGE: duration(hour).default(90 * 24 * hour),
  SIGNUP: z.enum(['open', 'closed']).default('open'),
  SIGNUP_DISCLOSURE: z.enum(['friendly', 'strict']).default('friendly'),
  EMAIL_VERIFICATION: z.enum(['optional', 'required']).default('optional'),
  SMTP_URL: smtpUrl().optional(),
  SMTP_TLS: z.enum(['required', 'off']).optional(),
  MAIL_FROM: mailSender().default({ name: 'Latchkey', address: 'latchkey@localhost' }),
  VERIFY_EMAIL_URL: codeLink().optional(),
  RESET_PASSWORD_URL: codeLink().optional(),
  PASSWORD_MIN_LENGTH: integer(8, 64).default(8),
  PASSWORD_HASH_MEMORY: bytes(8 * 1024, ARGON2_LIMITS.kibibytes * 1024).default(HASH_FLOOR.memoryKiB * 1024),
  PASSWORD_HASH_PASSES: integer(1, ARGON2_LIMITS.passes).default(HASH_FLOOR.passes),
  PASSWORD_HASH_CONCURRENCY: integer(1, 1024).optional(),
  PASSWORD_HASH_QUEUE: integer(0, 100_000).optional(),
  TRUSTED_PROXIES: addressBlocks().optional(),
  CORS_ORIGINS: origins().optional(),
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/[^/]/, 'must be like redis://host:6379')
    .optional(),
  AUDIT_RETENTION: duration(hour).default(400 * 24 * hour),
  METRICS_TOKEN: z.string().min(16, 'must hold at least 16 characters').optional(),
  FIRST_PARTY_CLIENT: z.string().max(64).default('first-party'),
  DEMO: z.enum(['on', 'off']).optional(),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  UV_THREADPOOL_SIZE: integer(2, 1024).default(DEFAULT_THREADS),
});

/** Every variable that is read. */
export const settingNames = Object.keys(EnvironmentSchema.shape);

export type Settings = z.output<typeof EnvironmentSchema>;

/** FIRST_PARTY_CLIENT is the exception: set to nothing, it switches the client off. */
export function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' || name === 'FIRST_PARTY_CLIENT'),
  );
}
