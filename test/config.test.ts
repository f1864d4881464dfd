import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, parseConfig } from '../src/config.ts';

const production = {
  NODE_ENV: 'production',
  SECRETS: 'a secret that only the tests may know',
  ISSUER: 'https://id.example',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('config: an empty environment is a development machine', () => {
  const concurrency = Math.max(1, Math.min(availableParallelism(), 3));
  expect(parseConfig({})).toEqual({
    production: false,
    host: '127.0.0.1',
    port: 3000,
    issuer: 'http://localhost:3000',
    databaseUrl: 'sqlite:./data/latchkey.db',
    pool: { maxConnections: 10, preparesStatements: true },
    secrets: [],
    secretFile: 'data/latchkey.secret',
    audiences: ['http://localhost:3000'],
    signingAlgorithm: 'ES256',
    accessTokenSeconds: 300,
    lifetimes: {
      session: { idleSeconds: 7_200, absoluteSeconds: 43_200 },
      remembered: { idleSeconds: 1_209_600, absoluteSeconds: 2_592_000 },
    },
    refreshGraceSeconds: 30,
    restoredSessions: 'keep',
    maxSessionsPerUser: 50,
    signUp: { open: true, disclosure: 'friendly', verification: 'optional' },
    mail: {
      smtpUrl: null,
      requiresTls: false,
      from: { name: 'Latchkey', address: 'latchkey@localhost' },
      links: {
        verifyEmail: 'http://localhost:3000/demo/verify-email#code={code}',
        resetPassword: 'http://localhost:3000/demo/reset-password#code={code}',
      },
    },
    jwksMaxAgeSeconds: 300,
    keyMaxAgeSeconds: 90 * 86_400,
    passwords: { minLength: 8, memoryKiB: 19_456, passes: 2, concurrency, queue: 64 * concurrency },
    trustedProxies: [],
    corsOrigins: [],
    limits: { enabled: true, redisUrl: null },
    auditRetentionSeconds: 400 * 86_400,
    demo: true,
    metricsToken: null,
    firstPartyClientId: 'first-party',
    logLevel: 'info',
  });
});

const accepted: [name: string, value: string, seen: (config: Config) => unknown, expected: unknown][] = [
  ['HOST', '::1', (config) => config.host, '::1'],
  ['PORT', '0', (config) => config.port, 0],
  ['PORT', '65535', (config) => config.port, 65_535],
  ['PORT', '8080', (config) => config.issuer, 'http://localhost:8080'],
  ['ISSUER', 'https://id.example', (config) => config.issuer, 'https://id.example'],
  ['ISSUER', 'https://id.example:8443', (config) => config.audiences, ['https://id.example:8443']],
  ['ISSUER', 'http://[::1]:8080', (config) => config.issuer, 'http://[::1]:8080'],
  ['TRUSTED_PROXIES', '10.0.0.0/8, ::1', (config) => config.trustedProxies, ['10.0.0.0/8', '::1']],
  ['CORS_ORIGINS', 'https://a.example,http://localhost:5173', (config) => config.corsOrigins.length, 2],
  ['CORS_ORIGINS', 'capacitor://localhost,tauri://localhost', (config) => config.corsOrigins.length, 2],
  ['RATE_LIMITS', 'off', (config) => config.limits.enabled, false],
  ['REDIS_URL', 'rediss://u:p@h:6380/1', (config) => config.limits.redisUrl, 'rediss://u:p@h:6380/1'],
  ['AUDIT_RETENTION', '30d', (config) => config.auditRetentionSeconds, 30 * 86_400],
  ['METRICS_TOKEN', 'sixteen letters.', (config) => config.metricsToken, 'sixteen letters.'],
  ['DEMO', 'off', (config) => config.demo, false],
  ['DATABASE_POOL', '40', (config) => config.pool.maxConnections, 40],
  ['DATABASE_PREPARE', 'off', (config) => config.pool.preparesStatements, false],
  ['DATABASE_URL', 'sqlite::memory:', (config) => config.databaseUrl, 'sqlite::memory:'],
  ['DATABASE_URL', 'postgres://u:p@h/d', (config) => config.databaseUrl, 'postgres://u:p@h/d'],
  ['DATABASE_URL', 'postgresql://h/d', (config) => config.secretFile, 'data/latchkey.secret'],
  ['DATABASE_URL', 'sqlite:/var/lib/one/two.db', (config) => config.secretFile, '/var/lib/one/latchkey.secret'],
  ['SECRETS', 'x'.repeat(32), (config) => config.secrets, ['x'.repeat(32)]],
  ['SECRETS', 'é'.repeat(16), (config) => config.secrets, ['é'.repeat(16)]],
  ['SECRETS', `${'n'.repeat(32)}, ${'o'.repeat(40)},`, (config) => config.secrets, ['n'.repeat(32), 'o'.repeat(40)]],
  ['AUDIENCE', 'a, b ,c', (config) => config.audiences, ['a', 'b', 'c']],
  ['SIGNING_ALG', 'RS256', (config) => config.signingAlgorithm, 'RS256'],
  ['SIGNING_ALG', 'Ed25519', (config) => config.signingAlgorithm, 'Ed25519'],
  ['ACCESS_TOKEN_TTL', '1h', (config) => config.accessTokenSeconds, 3600],
  ['ACCESS_TOKEN_TTL', '90s', (config) => config.accessTokenSeconds, 90],
  ['SESSION_IDLE_TTL', '12h', (config) => config.lifetimes.session.idleSeconds, 43_200],
  ['SESSION_TTL', '1d', (config) => config.lifetimes.session.absoluteSeconds, 86_400],
  ['REMEMBERED_IDLE_TTL', '30d', (config) => config.lifetimes.remembered.idleSeconds, 2_592_000],
  ['REMEMBERED_TTL', '3650d', (config) => config.lifetimes.remembered.absoluteSeconds, 315_360_000],
  ['REFRESH_GRACE', '0', (config) => config.refreshGraceSeconds, 0],
  ['REFRESH_GRACE', '5m', (config) => config.refreshGraceSeconds, 300],
  ['JWKS_MAX_AGE', '60m', (config) => config.jwksMaxAgeSeconds, 3600],
  ['PASSWORD_MIN_LENGTH', '64', (config) => config.passwords.minLength, 64],
  ['PASSWORD_HASH_MEMORY', '256MiB', (config) => config.passwords.memoryKiB, 262_144],
  ['PASSWORD_HASH_MEMORY', '8KiB', (config) => config.passwords.memoryKiB, 8],
  ['PASSWORD_HASH_PASSES', '1', (config) => config.passwords.passes, 1],
  ['PASSWORD_HASH_PASSES', '32', (config) => config.passwords.passes, 32],
  ['PASSWORD_HASH_CONCURRENCY', '3', (config) => config.passwords.concurrency, 3],
  ['PASSWORD_HASH_CONCURRENCY', '2', (config) => config.passwords.queue, 128],
  ['PASSWORD_HASH_QUEUE', '0', (config) => config.passwords.queue, 0],
  ['FIRST_PARTY_CLIENT', 'web', (config) => config.firstPartyClientId, 'web'],
  ['FIRST_PARTY_CLIENT', '', (config) => config.firstPartyClientId, null],
  ['LOG_LEVEL', 'silent', (config) => config.logLevel, 'silent'],
  ['UV_THREADPOOL_SIZE', '2', (config) => config.passwords.concurrency, 1],
];

test.each(accepted)('config: %s=%s is taken', (name, value, seen, expected) => {
  expect(seen(parseConfig({ [name]: value }))).toEqual(expected);
});

const refused: [name: string, ...values: string[]][] = [
  ['NODE_ENV', 'prod', 'Production'],
  ['PORT', '-1', '65536', '80.5', '1e3', '0x50', ' 80', 'http', '1'.repeat(10)],
  ['DATABASE_URL', 'sqlite:', 'mysql://h/d', 'postgres:h', './data/latchkey.db'],
  [
    'SECRETS',
    ',',
    ' ',
    'too short',
    `${'x'.repeat(32)},${'x'.repeat(32)}`,
    `${'x'.repeat(32)},too short`,
    'é'.repeat(15),
  ],
  ['ISSUER', 'capacitor://localhost', 'app://id.example', 'https://id.example/', 'id.example', 'null'],
  ['CORS_ORIGINS', '*', 'null', 'https://*.example', 'capacitor://*', 'other://localhost', 'tauri://localhost/'],
  ['AUDIENCE', ',', ' '],
  ['SIGNING_ALG', 'HS256', 'none', 'es256', 'EdDSA'],
  ['ACCESS_TOKEN_TTL', '0', '61m', '5', '5 m', '-5m', '5M', '1.5h', 'm', '5mm'],
  ['SESSION_IDLE_TTL', '0s', 'forever'],
  ['SESSION_TTL', '3651d'],
  ['REMEMBERED_IDLE_TTL', '0', '2w'],
  ['REMEMBERED_TTL', '3651d'],
  ['REFRESH_GRACE', '301s', '-1s'],
  ['JWKS_MAX_AGE', '0', '2h'],
  ['PASSWORD_MIN_LENGTH', '7', '65', 'eight'],
  ['PASSWORD_HASH_MEMORY', '7KiB', '19', '19MB', '19mib', '-1MiB', '257MiB', '1GiB', '999999999GiB'],
  ['PASSWORD_HASH_PASSES', '0', '33'],
  ['PASSWORD_HASH_CONCURRENCY', '0', '1025', '4'],
  ['PASSWORD_HASH_QUEUE', '-1', '100001'],
  ['FIRST_PARTY_CLIENT', 'x'.repeat(65)],
  ['LOG_LEVEL', 'verbose', 'INFO'],
  // 1 leaves no thread that a hash cannot take
  ['UV_THREADPOOL_SIZE', '0', '1025', '1'],
];

describe.each(refused)('config: %s', (name, ...values) => {
  test.each(values)('%s is refused by name', (value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} \\S`))]);
  });
});

test.each([
  'https://id.example/',
  'https://id.example/auth',
  'https://id.example?x',
  'https://id.example#x',
  'https://ID.example',
  'HTTPS://id.example',
  'https://id.example:443',
  'https://ann@id.example',
  'https://bücher.example',
  'https://id.example ',
  'ftp://id.example',
  'id.example',
])('config: the issuer %s is not the exact text of an iss claim', (issuer) => {
  expect(problemsOf({ ISSUER: issuer })).toEqual([expect.stringMatching(/^ISSUER must be an address/)]);
});

test('config: an idle life longer than the absolute one is refused', () => {
  expect(problemsOf({ SESSION_IDLE_TTL: '13h', REMEMBERED_TTL: '1d' })).toEqual([
    expect.stringMatching(/^SESSION_IDLE_TTL is longer than SESSION_TTL/),
    expect.stringMatching(/^REMEMBERED_IDLE_TTL is longer than REMEMBERED_TTL/),
  ]);
});

test('config: hashing never takes the last thread', () => {
  const threads = '8';
  expect(problemsOf({ UV_THREADPOOL_SIZE: threads, PASSWORD_HASH_CONCURRENCY: '7' })).toEqual([]);
  expect(problemsOf({ UV_THREADPOOL_SIZE: threads, PASSWORD_HASH_CONCURRENCY: '8' })).toHaveLength(1);
});

test('config: everything that is wrong is said together', () => {
  const problems = problemsOf({ PORT: 'x', ISSUER: 'x', SECRETS: 'x', LOG_LEVEL: 'x', ACCESS_TOKEN_TTL: 'x' });
  const names = problems.map((problem) => problem.split(' ')[0]);
  expect(names.toSorted()).toEqual(['ACCESS_TOKEN_TTL', 'ISSUER', 'LOG_LEVEL', 'PORT', 'SECRETS']);
});

test('config: the message of the error lists every problem', () => {
  const parse = () => parseConfig({ ...production, PASSWORD_HASH_PASSES: '1', PASSWORD_HASH_MEMORY: '18MiB' });
  expect(parse).toThrow(/^ {2}PASSWORD_HASH_MEMORY .*\n {2}PASSWORD_HASH_PASSES /m);
});

test('config: a variable that is set to nothing counts as not set', () => {
  const names = [...new Set([...accepted, ...refused].map(([name]) => name))];
  const nothing = Object.fromEntries(names.map((name) => [name, '']));
  expect(parseConfig(nothing)).toEqual({ ...parseConfig({}), firstPartyClientId: null });
});

test('config: the value of a secret is in no error', () => {
  const secrets = `hunter2,${'swordfish'.repeat(4)}`;
  for (const env of [{ SECRETS: secrets }, { ...production, SECRETS: secrets, PORT: 'x' }]) {
    const error = expect.objectContaining({ message: expect.not.stringMatching(/hunter2|swordfish/) });
    expect(() => parseConfig(env)).toThrow(error);
    expect(problemsOf(env).join()).not.toMatch(/hunter2|swordfish/);
  }
});

test('config: the result cannot be changed', () => {
  expect(Object.isFrozen(parseConfig({}))).toBe(true);
});

test('config: our own hashes stay within what a sign-in will compute', () => {
  expect(problemsOf({ PASSWORD_HASH_MEMORY: '256MiB', PASSWORD_HASH_PASSES: '4' })).toEqual([]);
  expect(problemsOf({ PASSWORD_HASH_MEMORY: '256MiB', PASSWORD_HASH_PASSES: '5' })).toEqual([
    expect.stringMatching(/^PASSWORD_HASH_MEMORY .* 1GiB/),
  ]);
});
