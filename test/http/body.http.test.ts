import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Answer, type Api, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from './failures.ts';
import { exchange } from './raw-socket.ts';

/** Two operations that between them take every kind of body and fail in both envelopes. */
const targets = [
  { path: '/token', failures: 'oauth', members: { grant_type: 'password', username: 'user1@example.com' } },
  { path: '/signup', failures: 'problem', members: { email: 'ann@example.com' } },
] as const;

type Target = (typeof targets)[number];

/** A body that would be served if nothing were wrong around it. */
function goodBody({ members }: Target): string {
  return JSON.stringify({ ...members, password: PASSWORD });
}

async function startWithUser() {
  const service = await startService();
  await service.api.signUp();
  return service;
}

/** `code` is what a problem says; an OAuth error has one code for all of them. */
function expectRefused(answer: Answer, { failures }: Target, status: number, code: string, label?: string): void {
  expectFailure(answer, failures, status, failures === 'oauth' ? 'invalid_request' : code, label);
}

function send(api: Api, { path }: Target, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
  // Bytes, because fetch would say that a string is text/plain.
  return api.send('POST', path, { headers, body: typeof body === 'string' ? new TextEncoder().encode(body) : body });
}

const acceptedTypes = [
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'application/json; profile=x',
];

test.each(targets)('body: POST $path takes JSON in UTF-8 however that is spelled', async (target) => {
  for (const type of acceptedTypes) {
    const { api } = await startWithUser();
    const { status } = await send(api, target, { 'Content-Type': type }, goodBody(target));
    expect(status, type).toBeLessThan(300);
  }
});

const refusedTypes = [
  'text/plain',
  'text/json',
  'application/xml',
  'application/json-patch+json',
  'application/vnd.api+json',
  'application/jsonx',
  'application',
  'application/json, application/json',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json; charset=utf-7',
  'application/json; charset=iso-8859-1',
  'application/json; charset=bogus',
  `application/${CANARY}`,
];

test.each(targets)('body: POST $path refuses every other type and every other charset', async (target) => {
  const { api } = await startWithUser();
  for (const type of refusedTypes) {
    const answer = await send(api, target, { 'Content-Type': type }, goodBody(target));
    expectRefused(answer, target, 415, 'unsupported_media_type', type);
  }
});

test.each(targets)('body: POST $path refuses a body without a type', async (target) => {
  const { api } = await startWithUser();
  expectRefused(await send(api, target, {}, goodBody(target)), target, 415, 'unsupported_media_type');
});

test('body: POST /signup takes no form', async () => {
  const { api } = await startService();
  const answer = await api.form('/signup', { email: 'ann@example.com', password: PASSWORD });
  expectFailure(answer, 'problem', 415, 'unsupported_media_type');
});

test('body: POST /token takes a form, with and without a charset', async () => {
  const { api } = await startWithUser();
  const body = new URLSearchParams({ ...targets[0].members, password: PASSWORD }).toString();
  for (const type of ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8']) {
    expect(await send(api, targets[0], { 'Content-Type': type }, body), type).toMatchObject({ status: 200 });
  }
  const answer = await send(
    api,
    targets[0],
    { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-16' },
    body,
  );
  expectRefused(answer, targets[0], 415, 'unsupported_media_type');
});

test.each(targets)('body: POST $path refuses two Content-Type fields, even equal ones', async (target) => {
  const { api } = await startWithUser();
  const body = goodBody(target);
  const type = 'Content-Type: application/json';
  const lines = [`POST ${target.path} HTTP/1.1`, 'Host: localhost', type, type, `Content-Length: ${body.length}`];
  const answer = await exchange(api.baseUrl, [...lines, 'Connection: close'], body);
  expectRefused(answer, target, 415, 'unsupported_media_type');
});

test.each(targets)('body: POST $path does not undo any content coding', async (target) => {
  const { api } = await startWithUser();
  const bomb = gzipSync(JSON.stringify({ padding: ' '.repeat(10_000_000) })).subarray(0, 10_000);
  const inflatable = gzipSync(goodBody(target));
  const json = { 'Content-Type': 'application/json' };
  for (const coding of ['gzip', 'gzip, gzip', 'deflate', 'br', 'zstd', 'identity', 'bogus']) {
    for (const bytes of [bomb, inflatable]) {
      const answer = await send(api, target, { ...json, 'Content-Encoding': coding }, new Uint8Array(bytes));
      expectRefused(answer, target, 415, 'unsupported_media_type', coding);
    }
  }
});

test.each(targets)('body: POST $path without a body is refused for what is missing', async (target) => {
  const { api } = await startService();
  const answer = await api.send('POST', target.path);
  if (target.failures === 'problem') expectFailure(answer, 'problem', 400, 'invalid_request');
  else expect(answer.body).toMatchObject({ error: 'invalid_request' });
  expect(answer.status).toBe(400);
});

/** The whole of a good body, in that many bytes. */
function paddedBody(target: Target, length: number): string {
  return goodBody(target).padEnd(length, ' ');
}

const LIMIT = 16 * 1024;

test.each(targets)('body: POST $path takes 16 KB and not one byte more', async (target) => {
  const { api } = await startWithUser();
  const json = { 'Content-Type': 'application/json' };
  expect((await send(api, target, json, paddedBody(target, LIMIT))).status).toBeLessThan(300);
  const answer = await send(api, target, json, paddedBody(target, LIMIT + 1));
  expectRefused(answer, target, 413, 'payload_too_large');
});

test.each(targets)(
  'body: POST $path closes the connection on 17 KB, whether announced or in chunks',
  async (target) => {
    const { api } = await startWithUser();
    const head = [`POST ${target.path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json'];
    const body = paddedBody(target, 17 * 1024);
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const announced = await exchange(api.baseUrl, [...head, `Content-Length: ${body.length}`], body);
    const chunked = await exchange(api.baseUrl, [...head, 'Transfer-Encoding: chunked'], chunks);
    for (const answer of [announced, chunked]) {
      expectRefused(answer, target, 413, 'payload_too_large');
      expect(answer.headers.get('connection')).toBe('close');
    }
  },
);

test.each(targets)('body: POST $path answers a body that is too large before it has come', async (target) => {
  const { api } = await startWithUser();
  const head = [`POST ${target.path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json'];
  const answer = await exchange(api.baseUrl, [...head, 'Content-Length: 1000000000'], '{');
  expectRefused(answer, target, 413, 'payload_too_large');
});

test.each(targets)('body: POST $path cuts off chunks that never end', async ({ path }) => {
  const { api } = await startService();
  const { hostname, port } = new URL(api.baseUrl);
  const socket = connect(Number(port), hostname);
  const received = new Promise<string>((resolve) => socket.once('data', (answer) => resolve(String(answer))));
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  const head = ['Host: x', 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
  const flood = () => {
    while (!socket.destroyed && socket.write(`400\r\n${' '.repeat(1024)}\r\n`));
  };
  socket.on('drain', flood);
  flood();
  expect(await received).toMatch(/^HTTP\/1.1 413 /);
  await closed;
});
