// What one long header field costs. A parser that backtracks takes 225 times as long for 15 KB as for 1 KB, and nobody else
// is served meanwhile.
import { Agent, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { fieldLimits } from '../../src/http/fields.ts';
import { onPostgres, startService } from '../harness/service.ts';

/** Thousands of requests, on a machine that may be busy. */
const timeout = 240_000;

const [SHORT, LONG] = [1_000, 15_000];
/** 15 KB may cost 15 times what 1 KB costs, and a little more. */
const FACTOR = 20;
/** Below this a request is cheap, whatever the factor: a garbage collection takes as long. */
const CHEAP_MS = 30;
const ROUNDS = 7;

const units = [
  ' ',
  '\t',
  ',',
  ';',
  '"',
  '\\',
  '=',
  ', ',
  '; ',
  ' ,',
  '",',
  '="',
  'W/"',
  'a,',
  ';q=',
  'a=',
  '%',
  '-',
  ':',
  '[',
];

/** How the filler is wrapped, so that a parser gets to it: as it is, between two letters, and where this field has lists. */
const wraps: Record<string, readonly string[]> = {
  Authorization: ['Bearer …', 'Bearer …x', 'Bearer x…', 'Basic …', 'Basic x…='],
  'Content-Type': [
    'application/json; charset=utf-8;x="…"',
    'application/json;…x',
    'application/json…x',
    'application/x-www-form-urlencoded; charset="…',
  ],
  'If-None-Match': ['"…"', 'W/…x'],
  'Accept-Encoding': ['gzip;…x', 'gzip…,x'],
  Accept: [],
  'Accept-Language': [],
  'Cache-Control': [],
  Connection: [],
  'Content-Encoding': [],
  'Content-Length': [],
  Cookie: ['a="…"'],
  Expect: [],
  Forwarded: ['for="…"'],
  Host: ['localhost…x'],
  'Idempotency-Key': [],
  'If-Modified-Since': [],
  'If-Match': [],
  Origin: ['https://app…x'],
  Range: [],
  Referer: [],
  'Transfer-Encoding': [],
  Upgrade: [],
  'User-Agent': [],
  'X-Forwarded-For': ['127.0.0.1…x', '[::1…', '127.0.0.1,…,127.0.0.1'],
  'Access-Control-Request-Method': [],
  'Access-Control-Request-Headers': [],
};

interface Target {
  readonly method: string;
  readonly path: string;
}

const targets: readonly Target[] = [
  { method: 'POST', path: '/token' },
  { method: 'GET', path: '/me' },
  { method: 'GET', path: '/.well-known/jwks.json' },
  { method: 'GET', path: '/docs' },
  { method: 'GET', path: '/demo/' },
  { method: 'OPTIONS', path: '/signup' },
];

/** Behind a proxy and with an origin to compare with: everything that can be read is read. */
const env = { TRUSTED_PROXIES: '127.0.0.1', CORS_ORIGINS: 'https://app.example', DEMO: 'on' };

interface Case {
  readonly label: string;
  readonly target: Target;
  readonly fields: (length: number) => Record<string, string>;
}

function* allCases(): Generator<Case> {
  for (const target of targets) {
    for (const [name, inner] of Object.entries(wraps)) yield* casesOf(target, name, ['…', 'x…y', ...inner]);
  }
}

function* casesOf(target: Target, name: string, forms: readonly string[]): Generator<Case> {
  for (const form of forms) {
    for (const unit of units) {
      yield {
        label: `${target.method} ${target.path} ${name}: ${form} of ${JSON.stringify(unit)}`,
        target,
        fields: (length) => ({ [name]: form.replace('…', unit.repeat(length / unit.length)) }),
      };
    }
  }
}

test.skipIf(onPostgres)('header fields: 15 KB cost at most twenty times what 1 KB costs', { timeout }, async () => {
  const { api } = await startService({ env });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());

  /** In milliseconds of this thread, on which the service and its client run; whatever else the machine does. */
  async function costOf({ target: { method, path }, fields }: Case, length: number): Promise<number> {
    const before = process.threadCpuUsage();
    await send(agent, api.baseUrl + path, method, { 'Content-Type': 'application/json', ...fields(length) });
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  }

  for (const one of allCases()) {
    if ((await costOf(one, LONG)) < CHEAP_MS) continue;
    const long = median(await repeat(() => costOf(one, LONG)));
    const short = median(await repeat(() => costOf(one, SHORT)));
    expect(long, one.label).toBeLessThan(Math.max(CHEAP_MS, FACTOR * short));
  }
});

async function repeat(measure: () => Promise<number>): Promise<number[]> {
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) measured.push(await measure());
  return measured;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Resolves when the exchange is over: some of these messages are refused by Node, which cuts the connection. */
function send(agent: Agent, url: string, method: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    const sent = request(url, { agent, method, headers }, (response) => {
      response.resume();
      response.once('close', resolve);
    });
    sent.once('error', () => resolve());
    sent.end(method === 'POST' ? '{}' : undefined);
  });
}

test('header fields: none that is parsed is read beyond its limit', () => {
  expect(Math.max(...Object.values(fieldLimits))).toBeLessThan(LONG);
});
