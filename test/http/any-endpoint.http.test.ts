// What a request says beside its body, and what is said back: the same at every operation there is, so that a new one
// cannot be forgotten.
import { expect, test } from 'vitest';
import { anyone } from '../../src/http/guard.ts';
import type { Limiter } from '../../src/platform/limiter.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';
import { type Call, serve, startWithCallers } from './every-operation.ts';
import { baseHeaders, CANARY, expectFailure, expectNothingLeaks } from './failures.ts';
import { serveEndpoints } from './one-operation.ts';
import { exchange } from './raw-socket.ts';

/** Hundreds of requests, on a machine that may be busy. */
const timeout = 240_000;

/** Sent with nothing in the body and by nobody: most are refused, and none changes anything. */
function linesOf({ method, target }: Call, ...fields: string[]): string[] {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...fields];
}

const needsToken = ({ endpoint }: Call) => endpoint.guard.errors.includes('token_missing');

/** What is no bearer token, or more than one (RFC 6750 section 2.1). */
const malformed = (token: string) => [
  '',
  'Bearer',
  'Bearer ',
  `Bearer  ${token}`,
  `Bearer\t${token}`,
  `Bearer ${token} ${CANARY}`,
  `Bearer ${token},${CANARY}`,
  `Bearer "${token}"`,
  `Basic ${Buffer.from(`bob@example.com:${PASSWORD}`).toString('base64')}`,
  `Bearer ${CANARY}%E0%A4`,
  `Bearer ${CANARY}\xFF`,
  `Bearer ${token}=`,
  token,
];

test('any endpoint: an Authorization that is no bearer token is 401 wherever one is due', { timeout }, async () => {
  const { api, calls, token } = await startWithCallers();
  const guarded = calls.filter(needsToken);
  expect(guarded.length).toBeGreaterThan(25);
  for (const call of guarded) {
    for (const value of malformed(token)) {
      const answer = await exchange(api.baseUrl, linesOf(call, `Authorization: ${value}`));
      expectFailure(answer, call.endpoint.failures, 401, 'invalid_token', `${call.label}: ${value}`);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
    }
  }
});

test('any endpoint: two Authorization fields are 400, even equal and good ones', { timeout }, async () => {
  const { api, calls, token } = await startWithCallers();
  const field = `Authorization: Bearer ${token}`;
  for (const call of calls) {
    for (const second of [field, 'authorization:', `AUTHORIZATION: Basic ${CANARY}`]) {
      const answer = await exchange(api.baseUrl, linesOf(call, field, second));
      expectFailure(answer, call.endpoint.failures, 400, 'invalid_request', call.label);
    }
  }
});

test('any endpoint: two Host fields are 400', { timeout }, async () => {
  const { api, calls } = await startWithCallers();
  for (const call of calls) {
    for (const second of ['Host: localhost', `host: ${CANARY}.example`, 'HOST:']) {
      const answer = await exchange(api.baseUrl, linesOf(call, second));
      expectFailure(answer, call.endpoint.failures, 400, 'invalid_request', call.label);
    }
  }
});

/** From a peer that nobody has said to be a proxy. */
const forged = [
  'X-Forwarded-For: 203.0.113.9',
  'X-Forwarded-For: ::ffff:203.0.113.9, 127.0.0.1',
  `X-Forwarded-Host: ${CANARY}.example`,
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 8443',
  `X-Forwarded-Prefix: /${CANARY}`,
  `Forwarded: for=203.0.113.9;host=${CANARY}.example;proto=https`,
  'X-Real-IP: 203.0.113.9',
  'True-Client-IP: 203.0.113.9',
  'CF-Connecting-IP: 203.0.113.9',
  'X-HTTP-Method-Override: PROPFIND',
  'X-HTTP-Method: PROPFIND',
  'X-Method-Override: PROPFIND',
  `X-Original-URL: /${CANARY}`,
  `X-Rewrite-URL: /${CANARY}`,
];

test('any endpoint: what only a proxy may say is not heard from anybody else', { timeout }, async () => {
  const networks = new Set<string>();
  const limiter: Limiter = async (_, { ip }) => void networks.add(ip);
  const { api, calls } = await startWithCallers({ limiter });
  for (const call of calls) {
    const plain = visible(await exchange(api.baseUrl, linesOf(call)));
    for (const field of [...forged.map((one) => [one]), forged]) {
      const answer = await exchange(api.baseUrl, linesOf(call, ...field));
      expect(visible(answer), `${call.label}: ${field}`).toEqual(plain);
    }
  }
  expect([...networks]).toEqual(['127.0.0.1']);
});

const wishes: Record<string, string> = {
  'Upgrade-Insecure-Requests': '1',
  'X-Forwarded-Proto': 'http',
  Accept: 'text/html',
  Referer: 'http://localhost/',
  'If-None-Match': '"x"',
  'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT',
};

test('any endpoint: nobody is sent elsewhere', { timeout }, async () => {
  const { api, calls } = await startWithCallers({ env: { ISSUER: 'https://id.example' } });
  for (const { endpoint, label, method, target: path } of calls) {
    for (const target of [path, `${path}/`, `/${path}`, `${path}?next=//${CANARY}`]) {
      const answer = await api.send(method, target, { headers: wishes, redirect: 'manual' });
      const redirected = answer.status >= 300 && answer.status < 400;
      expect(redirected, `${endpoint.method} ${target}`).toBe(false);
      expect(answer.headers.has('location'), label).toBe(false);
      expectNothingLeaks(answer, label);
    }
  }
});

/** What may be stored: public keys, the metadata, and the contract. */
const storable: Record<string, string> = {
  getJwks: 'public, max-age=300',
  getServerMetadata: 'public, max-age=300',
  getOpenIdConfiguration: 'public, max-age=300',
  getOpenApiJson: 'no-cache',
  getOpenApiYaml: 'no-cache',
};

/** Each of these ends what others need: it has a world of its own. */
const ending = [
  ...['logOut', 'deleteMe', 'changePassword', 'changeEmail', 'resetPassword'],
  ...['deleteUser', 'endUserSessions', 'deleteClient', 'deleteRole'],
];

test('any endpoint: what is served has the base headers, and a location if something was made', {
  timeout,
}, async () => {
  const shared = await startWithCallers();
  for (const { label } of shared.calls) {
    const world = ending.includes(label) ? await startWithCallers() : shared;
    const call = world.calls.find((one) => one.label === label);
    if (!call) throw new Error(`There is no ${label}.`);
    expectServed(await serve(world.api, call), label);
  }
});

function expectServed({ status, headers, text }: Answer, label: string): void {
  const sent = Object.fromEntries(headers);
  expect([200, 201, 202, 204], `${label}: ${text}`).toContain(status);
  expect(sent, label).toMatchObject(baseHeaders);
  expect(sent['cache-control'], label).toBe(storable[label] ?? 'no-store');
  const type = text === '' ? undefined : expect.stringMatching(/^(application\/\w+|text\/plain); charset=utf-8$/);
  expect(sent['content-type'], label).toEqual(type);
  for (const field of ['server', 'x-powered-by', 'via', 'set-cookie']) expect(sent, label).not.toHaveProperty(field);
  expect(status === 201, label).toBe('location' in sent);
}

test('any endpoint: work that breaks down is 500, and nothing of it is told', { timeout }, async () => {
  const { endpoints } = await startService();
  const broken = endpoints.map(({ params, query, headers, body, quota, ...endpoint }) => ({
    ...endpoint,
    guard: anyone,
    handle: () => Promise.reject(Object.assign(new Error(CANARY), { status: 418, expose: true, sql: CANARY })),
  }));
  const { api, lines } = await serveEndpoints(broken);
  for (const { method, path, failures, operationId } of broken) {
    const answer = await api.send(method.toUpperCase(), path.replaceAll(/:\w+/g, 'x'));
    expectFailure(answer, failures, 500, failures === 'oauth' ? 'server_error' : 'internal_error', operationId);
    const id = answer.headers.get('x-request-id') ?? 'none';
    const [logged] = lines.splice(0).filter((line) => JSON.parse(line).level === 50);
    expect(JSON.parse(logged ?? '{}'), operationId).toMatchObject({ requestId: id, err: { message: CANARY } });
  }
});

/** In place of what identifies somebody or something. */
const odd = ['%00', '%zz', '%FF%FE', '%C0%AF', '..', '%2e%2e', '%2F', ';x=1', '%0d%0aX:%20y', '*', "'%20or%201=1--"];

test('any endpoint: nothing in a path is found by what is no name of it', { timeout }, async () => {
  const { api, calls } = await startWithCallers();
  const named = calls.filter(({ endpoint }) => endpoint.path.includes(':'));
  expect(named.length).toBeGreaterThan(10);
  for (const { endpoint, method, headers, label } of named) {
    for (const name of [...odd, CANARY, 'x'.repeat(1000)]) {
      const target = endpoint.path.replace(/:\w+/, name);
      const fields = Object.entries(headers).map(([field, value]) => `${field}: ${value}`);
      const answer = await exchange(api.baseUrl, [
        `${method} ${target} HTTP/1.1`,
        'Host: x',
        'Connection: close',
        ...fields,
      ]);
      expect([400, 404, 405], `${label} ${name}: ${answer.text}`).toContain(answer.status);
      expectNothingLeaks(answer, `${label} ${name}`);
    }
  }
});

test('any endpoint: a query that nobody asks for changes no answer, but where a list is asked for', {
  timeout,
}, async () => {
  const { api, calls } = await startWithCallers();
  for (const call of calls.filter(({ endpoint }) => !endpoint.query)) {
    const plain = visible(await exchange(api.baseUrl, linesOf(call)));
    for (const query of ['?', `?${CANARY}=${CANARY}`, '?a[b]=1&a=2', '?%zz', `?__proto__[polluted]=1`]) {
      const answer = await exchange(api.baseUrl, linesOf({ ...call, target: call.target + query }));
      expect(visible(answer), `${call.label}${query}`).toEqual(plain);
      expectNothingLeaks(answer, call.label);
    }
  }
});
