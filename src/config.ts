// config.ts: the environment, read once. Everything that is wrong with it is said together, in plain words.
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Links } from './accounts/letters.ts';
import type { SignUpPolicy } from './accounts/sign-up.ts';
import { type Environment, EnvironmentSchema, HASH_FLOOR, type Settings, withoutEmpty } from './environment.ts';
import { OperatorError } from './errors.ts';
import type { SigningAlgorithm } from './keys/signing-key.ts';
import type { LogLevel } from './platform/logger.ts';
import type { MailSender } from './platform/mailer.ts';
import type { PoolSettings } from './platform/postgres.ts';
import { isLocalSmtp } from './platform/smtp-url.ts';
import type { Lifetimes } from './sessions/lifetimes.ts';
import type { RestoredSessions } from './tokens/rotation.ts';
import { ARGON2_LIMITS } from './users/hash-work.ts';
import type { LaneSize } from './users/hashing-lane.ts';
import type { PasswordSettings } from './users/passwords.ts';

export interface MailSettings {
  /** Without one, mails are lines of the log. */
  readonly smtpUrl: string | null;
  /** Mails wait rather than go over a connection without TLS. */
  readonly requiresTls: boolean;
  readonly from: MailSender;
  readonly links: Links;
}

export interface LimitSettings {
  readonly enabled: boolean;
  /** Where limits are counted for all instances; without it, in the database or beside it. */
  readonly redisUrl: string | null;
}

/** Durations are in seconds. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly issuer: string;
  readonly databaseUrl: string;
  /** Of connections to PostgreSQL. */
  readonly pool: PoolSettings;
  /** Newest first. Empty in development, when the file holds the secret. */
  readonly secrets: readonly string[];
  readonly secretFile: string;
  /** The first is the default; all may be asked for. */
  readonly audiences: readonly [string, ...string[]];
  readonly signingAlgorithm: SigningAlgorithm;
  readonly accessTokenSeconds: number;
  readonly lifetimes: Lifetimes;
  readonly refreshGraceSeconds: number;
  readonly restoredSessions: RestoredSessions;
  readonly maxSessionsPerUser: number;
  readonly jwksMaxAgeSeconds: number;
  readonly keyMaxAgeSeconds: number;
  readonly signUp: SignUpPolicy;
  readonly mail: MailSettings;
  readonly passwords: PasswordSettings & LaneSize;
  /** Addresses and blocks of them, whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly limits: LimitSettings;
  readonly auditRetentionSeconds: number;
  /** null when nobody may read the metrics. */
  readonly metricsToken: string | null;
  /** null when there is no built-in client. */
  readonly firstPartyClientId: string | null;
  /** The example application at /demo. */
  readonly demo: boolean;
  readonly logLevel: LogLevel;
}

/** Until every instance has noticed a change of the keys, with room for a slow one. */
const NOTICE_SECONDS = 60;
/** No access token lives longer, whatever client it is for. */
const LONGEST_TOKEN_SECONDS = 3600;

export function keyTimes({
  keyMaxAgeSeconds,
  jwksMaxAgeSeconds,
}: Pick<Config, 'keyMaxAgeSeconds' | 'jwksMaxAgeSeconds'>) {
  return {
    maxAgeSeconds: keyMaxAgeSeconds,
    publishedSeconds: 2 * jwksMaxAgeSeconds + NOTICE_SECONDS,
    keptSeconds: LONGEST_TOKEN_SECONDS + NOTICE_SECONDS,
  };
}

/** Thrown with every problem at once; each starts with the name of its variable. */
export class ConfigError extends OperatorError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Throws ConfigError. A variable that is set to nothing counts as not set. */
export function parseConfig(env: Environment): Config {
  const parsed = EnvironmentSchema.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const config = toConfig(parsed.data);
  const problems = [...findProblems(config, (name) => Boolean(env[name])), ...threadProblems(parsed.data)];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function toConfig(env: Settings): Config {
  const production = env.NODE_ENV === 'production';
  const issuer = env.ISSUER ?? `http://localhost:${env.PORT}`;
  return {
    production,
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    issuer,
    databaseUrl: env.DATABASE_URL,
    pool: { maxConnections: env.DATABASE_POOL, preparesStatements: env.DATABASE_PREPARE === 'on' },
    secrets: env.SECRETS ?? [],
    secretFile: secretFile(env.DATABASE_URL),
    audiences: env.AUDIENCE ?? [issuer],
    signingAlgorithm: env.SIGNING_ALG,
    accessTokenSeconds: env.ACCESS_TOKEN_TTL,
    lifetimes: {
      session: { idleSeconds: env.SESSION_IDLE_TTL, absoluteSeconds: env.SESSION_TTL },
      remembered: { idleSeconds: env.REMEMBERED_IDLE_TTL, absoluteSeconds: env.REMEMBERED_TTL },
    },
    refreshGraceSeconds: env.REFRESH_GRACE,
    restoredSessions: env.RESTORED_SESSIONS,
    maxSessionsPerUser: env.MAX_SESSIONS_PER_USER,
    jwksMaxAgeSeconds: env.JWKS_MAX_AGE,
    keyMaxAgeSeconds: env.KEY_MAX_AGE,
    signUp: {
      open: env.SIGNUP === 'open',
      disclosure: env.SIGNUP_DISCLOSURE,
      verification: env.EMAIL_VERIFICATION,
    },
    mail: mailSettings(env, issuer),
    passwords: passwordSettings(env),
    trustedProxies: env.TRUSTED_PROXIES ?? [],
    corsOrigins: env.CORS_ORIGINS ?? [],
    limits: { enabled: env.RATE_LIMITS === 'on', redisUrl: env.REDIS_URL ?? null },
    auditRetentionSeconds: env.AUDIT_RETENTION,
    metricsToken: env.METRICS_TOKEN ?? null,
    firstPartyClientId: env.FIRST_PARTY_CLIENT || null,
    demo: env.DEMO === undefined ? !production : env.DEMO === 'on',
    logLevel: env.LOG_LEVEL,
  };
}

function mailSettings(env: Settings, issuer: string): MailSettings {
  return {
    smtpUrl: env.SMTP_URL ?? null,
    requiresTls: requiresTls(env),
    from: env.MAIL_FROM,
    links: {
      verifyEmail: env.VERIFY_EMAIL_URL ?? `${issuer}/demo/verify-email#code={code}`,
      resetPassword: env.RESET_PASSWORD_URL ?? `${issuer}/demo/reset-password#code={code}`,
    },
  };
}

/** Mails hold codes that open accounts. */
function requiresTls({ NODE_ENV, SMTP_URL = '', SMTP_TLS }: Settings): boolean {
  if (SMTP_TLS !== undefined) return SMTP_TLS === 'required';
  return NODE_ENV === 'production' && !isLocalSmtp(SMTP_URL);
}

function passwordSettings(env: Settings): Config['passwords'] {
  const concurrency = hashConcurrency(env);
  return {
    minLength: env.PASSWORD_MIN_LENGTH,
    memoryKiB: Math.floor(env.PASSWORD_HASH_MEMORY / 1024),
    passes: env.PASSWORD_HASH_PASSES,
    concurrency,
    queue: env.PASSWORD_HASH_QUEUE ?? 64 * concurrency,
  };
}

function hashConcurrency(env: Settings): number {
  return env.PASSWORD_HASH_CONCURRENCY ?? Math.max(1, Math.min(availableParallelism(), env.UV_THREADPOOL_SIZE - 1));
}

/** The secret of a development machine lives beside the database. */
function secretFile(databaseUrl: string): string {
  const folder = databaseUrl.startsWith('sqlite:') ? dirname(databaseUrl.slice('sqlite:'.length)) : 'data';
  return join(folder, 'latchkey.secret');
}

function threadProblems(env: Settings): string[] {
  const concurrency = env.PASSWORD_HASH_CONCURRENCY ?? 0;
  if (concurrency < env.UV_THREADPOOL_SIZE) return [];
  return [
    `PASSWORD_HASH_CONCURRENCY must be below UV_THREADPOOL_SIZE (${env.UV_THREADPOOL_SIZE}), so that signing never waits`,
  ];
}

/** Everything that is wrong, each sentence beginning with the name of its variable. */
function findProblems(config: Config, isSet: (name: string) => boolean): string[] {
  const problems = [...lifetimeProblems(config), ...signUpProblems(config), ...hashProblems(config)];
  return config.production ? [...problems, ...productionProblems(config, isSet)] : problems;
}

function lifetimeProblems({ lifetimes: { session, remembered }, ...config }: Config): string[] {
  const problems: string[] = [];
  if (config.keyMaxAgeSeconds < keyTimes(config).publishedSeconds) {
    problems.push(
      'KEY_MAX_AGE is shorter than a new key is published before it signs: twice JWKS_MAX_AGE and a minute',
    );
  }
  if (session.idleSeconds > session.absoluteSeconds) problems.push('SESSION_IDLE_TTL is longer than SESSION_TTL');
  if (remembered.idleSeconds > remembered.absoluteSeconds) {
    problems.push('REMEMBERED_IDLE_TTL is longer than REMEMBERED_TTL');
  }
  return problems;
}

function signUpProblems({ signUp: { disclosure, verification } }: Config): string[] {
  if (disclosure === 'friendly' || verification === 'required') return [];
  return ['SIGNUP_DISCLOSURE=strict needs EMAIL_VERIFICATION=required: a sign-in would tell what the sign-up did not'];
}

/** What we store must be within what we are willing to check. */
function hashProblems({ passwords: { memoryKiB, passes } }: Config): string[] {
  if (memoryKiB * passes <= ARGON2_LIMITS.kibibytePasses) return [];
  return ['PASSWORD_HASH_MEMORY times PASSWORD_HASH_PASSES is more than 1GiB: a sign-in would take seconds'];
}

function productionProblems(config: Config, isSet: (name: string) => boolean): string[] {
  const { memoryKiB, passes } = config.passwords;
  const problems: string[] = [];
  if (!isSet('SECRETS')) problems.push('SECRETS is required in production: `openssl rand -base64 32` makes one');
  if (!isSet('ISSUER')) problems.push('ISSUER is required in production: the public https:// address of this service');
  else if (!isSafe(config.issuer)) problems.push('ISSUER must be https:// in production');
  if (memoryKiB < HASH_FLOOR.memoryKiB) problems.push('PASSWORD_HASH_MEMORY is below 19MiB, the floor of OWASP');
  if (passes < HASH_FLOOR.passes) problems.push('PASSWORD_HASH_PASSES is below 2, the floor of OWASP');
  return [...problems, ...mailProblems(config, isSet)];
}

function mailProblems({ mail: { links } }: Config, isSet: (name: string) => boolean): string[] {
  const problems: string[] = [];
  if (!isSet('SMTP_URL')) problems.push('SMTP_URL is required in production: without mail nobody can reset a password');
  if (!isSet('MAIL_FROM')) problems.push('MAIL_FROM is required in production: who the mails come from');
  const addresses = { VERIFY_EMAIL_URL: links.verifyEmail, RESET_PASSWORD_URL: links.resetPassword };
  for (const [name, url] of Object.entries(addresses)) {
    if (!isSet(name)) problems.push(`${name} is required in production: the page that links in mails lead to`);
    else if (!isSafe(url)) problems.push(`${name} must be https:// in production`);
  }
  return problems;
}

/** Plain http is for a first try on one's own machine. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1';
}
