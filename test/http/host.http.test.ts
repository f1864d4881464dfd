import { expect, test } from 'vitest';
import { bearer, PASSWORD } from '../harness/api.ts';
import { createContractCheck } from '../harness/contract-check.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from './failures.ts';
import { exchange } from './raw-socket.ts';

const EVIL = `${CANARY}.example`;

/** Each is a whole header section that lies about where the request was sent, or from where. */
const forged: Readonly<Record<string, readonly string[]>> = {
  'another host': [`Host: ${EVIL}`],
  'a host with a port': [`Host: ${EVIL}:8443`],
  'a host behind an at sign': [`Host: ${EVIL}:x@localhost`],
  'a host with a path': [`Host: localhost/${EVIL}`],
  'a host with spaces': [`Host: localhost ${EVIL}`],
  'a port out of range': ['Host: localhost:99999'],
  'an empty host': ['Host:'],
  'X-Forwarded-Host': ['Host: localhost', `X-Forwarded-Host: ${EVIL}`],
  'X-Forwarded-Proto': ['Host: localhost', 'X-Forwarded-Proto: https', 'X-Forwarded-Ssl: on'],
  'X-Forwarded-Prefix': ['Host: localhost', `X-Forwarded-Prefix: /${EVIL}`],
  'X-Forwarded-Port': ['Host: localhost', 'X-Forwarded-Port: 1'],
  Forwarded: ['Host: localhost', `Forwarded: for=${EVIL};host=${EVIL};proto=https`],
  'X-Original-URL': ['Host: localhost', `X-Original-URL: /${EVIL}`, `X-Rewrite-URL: /${EVIL}`],
  'all of them': [`Host: ${EVIL}`, `X-Forwarded-Host: ${EVIL}`, 'X-Forwarded-Proto: https', `X-Host: ${EVIL}`],
};

const documents = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/jwks.json',
  '/openapi.json',
];

test.each(documents)('host: %s is the same whatever host the request names', async (path) => {
  const { api } = await startService();
  const { text } = await api.get(path);
  for (const [name, fields] of Object.entries(forged)) {
    const answer = await exchange(api.baseUrl, [`GET ${path} HTTP/1.1`, ...fields, 'Connection: close']);
    expect(answer, name).toMatchObject({ status: 200, text });
    expect(JSON.stringify([...answer.headers]), name).not.toContain(CANARY);
  }
  const absolute = await exchange(api.baseUrl, [`GET http://${EVIL}${path} HTTP/1.1`, 'Host: x', 'Connection: close']);
  expect(absolute).toMatchObject({ status: 200, text });
  const old = await exchange(api.baseUrl, [`GET ${path} HTTP/1.0`]);
  expect(old).toMatchObject({ status: 200, text });
});

test('host: a failure and a new account are described with configured addresses alone', async () => {
  const { api, config } = await startService();
  for (const [name, fields] of Object.entries(forged)) {
    const lost = await exchange(api.baseUrl, ['GET /nowhere HTTP/1.1', ...fields, 'Connection: close']);
    expectFailure(lost, 'problem', 404, 'not_found', name);
    expect(lost.body.type, name).toBe(`${config.issuer}/errors#not_found`);
  }
  const body = JSON.stringify({ email: 'ann@example.com', password: PASSWORD });
  const head = ['POST /signup HTTP/1.1', ...(forged['all of them'] ?? []), 'Connection: close'];
  const json = ['Content-Type: application/json', `Content-Length: ${body.length}`];
  const { headers } = await exchange(api.baseUrl, [...head, ...json], body);
  expect(headers.get('location')).toBe('/me');
});

const addresses = [
  'X-Forwarded-For',
  'X-Real-IP',
  'X-Client-IP',
  'CF-Connecting-IP',
  'True-Client-IP',
  'X-Cluster-Client-IP',
];

test('host: the address of a caller is the one of the socket, whatever the headers say', async () => {
  const { api, sessions } = await startService();
  const forwarded = addresses.map((name) => [name, '203.0.113.9']);
  const headers = { ...Object.fromEntries(forwarded), Forwarded: 'for=203.0.113.9' };
  const { body } = await api.post('/signup', { email: 'ann@example.com', password: PASSWORD }, headers);
  expect(await sessions.find(body.tokens.session_id)).toMatchObject({ ip: '127.0.0.1' });
});

const repeatable = ['GET /me', 'POST /token', 'POST /signup', 'GET /.well-known/jwks.json', 'OPTIONS /token'] as const;

test.each(repeatable)('host: %s with two Host fields is refused, even with equal ones', async (operation) => {
  const { api } = await startService();
  const form = operation.endsWith('/token') ? 'oauth' : 'problem';
  for (const second of ['Host: localhost', `host: ${EVIL}`]) {
    const answer = await exchange(api.baseUrl, [
      `${operation} HTTP/1.1`,
      'Host: localhost',
      second,
      'Connection: close',
    ]);
    expectFailure(answer, form, 400, 'invalid_request', second);
  }
});

test.each(repeatable)('host: %s with two Authorization fields is refused, even with equal ones', async (operation) => {
  const { api } = await startService();
  const { tokens } = await api.signUp();
  const { Authorization } = bearer(tokens.access_token);
  const form = operation.endsWith('/token') ? 'oauth' : 'problem';
  const head = [`${operation} HTTP/1.1`, 'Host: localhost', 'Connection: close', `Authorization: ${Authorization}`];
  for (const second of [`Authorization: ${Authorization}`, `authorization: Bearer ${CANARY}`, 'AUTHORIZATION:']) {
    expectFailure(await exchange(api.baseUrl, [...head, second]), form, 400, 'invalid_request', second);
  }
});

test('host: HTTP/1.1 without a Host field is refused', async () => {
  const { api } = await startService();
  expect(await exchange(api.baseUrl, ['GET /livez HTTP/1.1', 'Connection: close'])).toMatchObject({ status: 400 });
});

test('host: two Content-Type fields are answered as the contract says, also where no body is read', async () => {
  const { api, endpoints, config } = await startService();
  const check = createContractCheck(endpoints, config.issuer);
  const types = ['Content-Type: application/json', `Content-Type: ${CANARY}`];
  for (const { method, path } of endpoints) {
    const verb = method.toUpperCase();
    const lines = [`${verb} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...types];
    const answer = await exchange(api.baseUrl, lines);
    expect(answer.status, path).toBeLessThan(500);
    check(verb, path, answer);
  }
});
