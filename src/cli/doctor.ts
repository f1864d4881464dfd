// cli/doctor.ts: looks for what goes wrong in practice, from the machine that the service runs on.
import { Command } from 'commander';
import { z } from 'zod';
import { type Config, parseConfig } from '../config.ts';
import { type Database, openDatabase } from '../database.ts';
import { SigningKey } from '../keys/signing-key.ts';
import { systemClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { verifySmtp } from '../platform/mailer.ts';
import { isPrivate } from '../platform/network.ts';
import { isRedisReachable } from '../platform/redis-counters.ts';
import { isLocalSmtp } from '../platform/smtp-url.ts';
import { Session } from '../sessions/session.ts';
import { type Output, print, table } from './run.ts';
import type { Terminal } from './terminal.ts';

const DEADLINE_MS = 5_000;
/** Verifiers forgive some seconds; half of that is worth a word. */
const MAX_CLOCK_DIFFERENCE_MS = 5_000;
/** An even spread over 64 characters has six bits each; a sentence has hardly two. */
const MIN_SECRET_ENTROPY_BITS = 128;

type State = 'ok' | 'warning' | 'problem';

interface Finding {
  readonly check: string;
  readonly state: State;
  readonly detail: string;
}

type Check = (config: Config) => Promise<Finding[]>;

export function doctorCommand(terminal: Terminal): Command {
  return new Command('doctor')
    .description('looks for what goes wrong in practice')
    .option('--json', 'for programs')
    .action((options: Output) => examine(terminal, options));
}

async function examine(terminal: Terminal, options: Output): Promise<void> {
  const config = parseConfig(terminal.env);
  const found = await Promise.all(
    [checkSecrets, checkDatabase, checkIssuer, checkMail, checkRedis].map((check) => check(config)),
  );
  const findings = found.flat();
  print(terminal, findings, options, () => table(findings.map(({ check, state, detail }) => [state, check, detail])));
  if (findings.some(({ state }) => state === 'problem')) terminal.fail();
}

const checkSecrets: Check = async ({ secrets, secretFile }) => {
  if (secrets.length === 0) return [ok('secrets', `in ${secretFile}: for development`)];
  const weak = secrets.filter((secret) => entropyBits(secret) < MIN_SECRET_ENTROPY_BITS).length;
  if (weak === 0) return [ok('secrets', `${secrets.length} in the ring`)];
  return [
    warn('secrets', `${weak} of ${secrets.length} could be guessed: \`openssl rand -base64 32\` makes a better one`),
  ];
};

/** Shannon's, of the characters: an upper bound, which a repeated word does not reach. */
function entropyBits(secret: string): number {
  const counts = [...Map.groupBy(secret, (character) => character).values()].map(
    ({ length }) => length / secret.length,
  );
  return -counts.reduce((sum, share) => sum + share * Math.log2(share), 0) * secret.length;
}

const checkDatabase: Check = async ({ databaseUrl, trustedProxies }) => {
  const database = await openDatabase(databaseUrl, createLogger('silent'));
  try {
    if (!(await database.isReachable())) return [bad('database', 'does not answer: is DATABASE_URL right?')];
    const pending = await database.orm.migrator.getPending();
    if (pending.length > 0) return [warn('database', `${pending.length} migrations to do: the next start does them`)];
    const keys = await database.em.fork().find(SigningKey, { revokedAt: null });
    const active = keys.filter(({ activatedAt, retiredAt }) => activatedAt && !retiredAt);
    const state = active.length === 1 ? ok : bad;
    return [
      ok('database', 'answers, and is up to date'),
      state('keys', `${active.length} active of ${keys.length} published`),
      checkProxies(await recentAddresses(database), trustedProxies),
    ];
  } finally {
    await database.close();
  }
};

/** Enough that it is no accident, and no more than one person could make in a day. */
const RECENT = 50;

async function recentAddresses({ em }: Database): Promise<string[]> {
  const options = { orderBy: { id: 'desc' }, limit: RECENT, fields: ['ip'] } as const;
  const sessions = await em.fork().find(Session, {}, options);
  return sessions.map(({ ip }) => ip);
}

/** Behind a proxy that is not trusted, everybody comes from the address of the proxy. */
function checkProxies(addresses: readonly string[], trusted: readonly string[]): Finding {
  const [address = '', ...others] = new Set(addresses);
  const isOne = addresses.length === RECENT && others.length === 0;
  if (isOne && isPrivate(address)) {
    const detail = `the last ${RECENT} sessions all came from ${address}: if that is a proxy, name it in TRUSTED_PROXIES`;
    return warn('proxies', detail);
  }
  return ok('proxies', trusted.length > 0 ? `${trusted.join(', ')} are believed` : 'none is believed');
}

const Metadata = z.object({ issuer: z.string() });

/** As the rest of the world sees the service: through whatever stands in front of it. */
const checkIssuer: Check = async ({ issuer }) => {
  const url = `${issuer}/.well-known/oauth-authorization-server`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS), redirect: 'error' });
    const metadata = Metadata.safeParse(await response.json());
    if (!response.ok || !metadata.success)
      return [bad('issuer', `${url} answers ${response.status}, and not with metadata`)];
    if (metadata.data.issuer !== issuer) return [bad('issuer', `${url} says that it is ${metadata.data.issuer}`)];
    return [ok('issuer', `${issuer} is reachable, and says so itself`), checkClock(response.headers.get('date'))];
  } catch {
    return [bad('issuer', `${url} cannot be reached from here`)];
  }
};

function checkClock(date: string | null): Finding {
  const difference = Math.abs(systemClock().getTime() - Date.parse(date ?? ''));
  const seconds = Math.round(difference / 1000);
  if (difference <= MAX_CLOCK_DIFFERENCE_MS) return ok('clock', 'agrees with that of the issuer');
  return bad('clock', `is ${seconds} seconds from that of the issuer: tokens will look expired, or from the future`);
}

const checkMail: Check = async ({ mail: { smtpUrl: url, requiresTls } }) => {
  if (url === null) return [ok('mail', 'printed to the log: for development')];
  try {
    const connection = await verifySmtp({ url, requiresTls });
    if (connection === 'encrypted') return [ok('mail', 'the SMTP server accepts the login, over TLS')];
    if (isLocalSmtp(url)) return [ok('mail', 'the SMTP server on this machine accepts the login, without TLS')];
    return [warn('mail', 'the SMTP server offers no TLS: anyone on the way can read the codes in mails')];
  } catch (error) {
    return [bad('mail', mailProblem(error, requiresTls))];
  }
};

function mailProblem(error: unknown, requiresTls: boolean): string {
  const code = codeOf(error);
  if (error instanceof Error && /certificate/i.test(error.message)) {
    return `the certificate of the SMTP server is not valid for that name (${code}). Check SMTP_URL, or the certificate.`;
  }
  if (code !== 'ETLS' || !requiresTls) return `the SMTP server does not accept the login (${code}). Check SMTP_URL.`;
  return 'the SMTP server offers no STARTTLS. Use smtps://, or set SMTP_TLS=off if the server is on a private network.';
}

const checkRedis: Check = async ({ limits: { enabled, redisUrl } }) => {
  if (!enabled) return [warn('limits', 'RATE_LIMITS is off: passwords can be guessed as fast as they are hashed')];
  if (redisUrl === null) return [ok('limits', 'counted in the database, or beside it')];
  if (await isRedisReachable(redisUrl)) return [ok('limits', 'counted in Redis')];
  return [bad('limits', 'Redis does not answer: each instance counts for itself')];
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
}

const finding =
  (state: State) =>
  (check: string, detail: string): Finding => ({ check, state, detail });
const ok = finding('ok');
const warn = finding('warning');
const bad = finding('problem');
