// What is wrong with a body is wrong at every operation. The operations are those that there are, so that a new one
// cannot be forgotten.
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Answer } from '../harness/api.ts';
import { recordStatements } from '../harness/statements.ts';
import { type Call, membersOf, sendBytes, startWithCallers } from './every-operation.ts';
import { CANARY, expectFailure, expectNothingLeaks } from './failures.ts';
import { exchange } from './raw-socket.ts';
import { spoiledJson } from './spoiled-bodies.ts';

const JSON_TYPE = 'application/json';

/** Hundreds of requests, on a machine that may be busy. */
const timeout = 240_000;

/** Those that read a body, with what would be served. */
async function startWithBodies() {
  const world = await startWithCallers();
  const calls = world.calls.flatMap((call) => (call.body ? [{ ...call, good: JSON.stringify(call.body) }] : []));
  expect(calls.length).toBeGreaterThan(15);
  return { ...world, calls };
}

type CallWithBody = Awaited<ReturnType<typeof startWithBodies>>['calls'][number];

/** `code` is what a problem says; an OAuth error has one code for all of them. */
function expectRefused(answer: Answer, { endpoint, label }: Call, status: number, code: string, what: string): void {
  const { failures } = endpoint;
  expectFailure(answer, failures, status, failures === 'oauth' ? 'invalid_request' : code, `${label}: ${what}`);
}

const refusedTypes = [
  null,
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/json-patch+json',
  'application/json; charset=utf-16',
  'application/json; charset=utf-7',
  'application/json; charset=bogus',
];

test('any endpoint: a body of another type or charset is 415, and changes nothing', { timeout }, async () => {
  const { api, calls } = await startWithBodies();
  for (const call of calls) {
    for (const type of refusedTypes) {
      const answer = await sendBytes(api, call, type, call.good);
      expectRefused(answer, call, 415, 'unsupported_media_type', String(type));
    }
    if (call.endpoint.failures === 'oauth') continue; // these take forms
    const answer = await sendBytes(api, call, 'application/x-www-form-urlencoded', 'password=x&email=x');
    expectRefused(answer, call, 415, 'unsupported_media_type', 'a form');
  }
});

/** The lines of the call, for what no client would write. */
function linesOf({ method, target, headers }: CallWithBody, ...more: string[]): string[] {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${target} HTTP/1.1`, 'Host: x', ...fields, ...more];
}

test('any endpoint: two Content-Type fields are 415, even equal ones', { timeout }, async () => {
  const { api, calls } = await startWithBodies();
  const type = `Content-Type: ${JSON_TYPE}`;
  for (const call of calls) {
    const length = `Content-Length: ${call.good.length}`;
    const answer = await exchange(api.baseUrl, linesOf(call, type, type, length, 'Connection: close'), call.good);
    expectRefused(answer, call, 415, 'unsupported_media_type', 'two types');
  }
});

test('any endpoint: a body that is coded is 415, and is not undone', { timeout }, async () => {
  const { api, calls } = await startWithBodies();
  const bomb = gzipSync(Buffer.alloc(10_000_000, ' '));
  for (const call of calls) {
    for (const coding of ['gzip', 'gzip, gzip', 'zstd']) {
      for (const body of [gzipSync(call.good), bomb]) {
        const headers = { ...call.headers, 'Content-Encoding': coding };
        const answer = await sendBytes(api, { ...call, headers }, JSON_TYPE, body);
        expectRefused(answer, call, 415, 'unsupported_media_type', coding);
      }
    }
  }
});

const LIMIT = 16 * 1024;

test('any endpoint: 16 KB and a byte, announced or in chunks, is 413 and closes', { timeout }, async () => {
  const { api, calls } = await startWithBodies();
  for (const call of calls) {
    const body = call.good.padEnd(LIMIT + 1, ' ');
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const type = `Content-Type: ${JSON_TYPE}`;
    const announced = await exchange(api.baseUrl, linesOf(call, type, `Content-Length: ${body.length}`), body);
    const chunked = await exchange(api.baseUrl, linesOf(call, type, 'Transfer-Encoding: chunked'), chunks);
    for (const answer of [announced, chunked]) {
      expectRefused(answer, call, 413, 'payload_too_large', `${body.length}`);
      expect(answer.headers.get('connection')).toBe('close');
    }
  }
});

test('any endpoint: JSON that could be read in two ways is 400, and all that is asked is who calls', {
  timeout,
}, async () => {
  const world = await startWithBodies();
  const statements = await recordStatements(world);
  for (const call of world.calls) {
    for (const [name, spoil] of Object.entries(spoiledJson)) {
      const answer = await sendBytes(world.api, call, JSON_TYPE, spoil(call.good));
      expectRefused(answer, call, 400, 'invalid_request', name);
      expect(answer.body.errors, `${call.label}: ${name}`).toBeUndefined(); // as a whole, not for a member
    }
    expectReadOnly(statements.splice(0), call.label);
  }
});

function expectReadOnly(statements: readonly string[], label: string): void {
  expect(
    statements.filter((statement) => !/^select /.test(statement)),
    label,
  ).toEqual([]);
}

test('any endpoint: without a body, what is missing is named and nothing happens', { timeout }, async () => {
  const world = await startWithBodies();
  const statements = await recordStatements(world);
  /** For these there is nothing that has to be in it. */
  const optional = ['logOut', 'updateMe', 'updateUser', 'updateClient', 'updateRole'];
  for (const call of world.calls.filter(({ label }) => !optional.includes(label))) {
    const answer = await world.api.send(call.method, call.target, { headers: call.headers });
    expectRefused(answer, call, 400, 'invalid_request', 'no body');
    expectReadOnly(statements.splice(0), call.label);
  }
});

/** Values that an ORM or a query builder could take for something else than a value. */
const shaped = [{ $ne: null }, { __raw: true, sql: CANARY }, { toRaw: 1 }, [{ $or: [] }]];

/** An object by right, whatever is in it; unknown to the grant that is asked for; and in `found-sign-up.test.ts`. */
const exempt = ['updateMe metadata', 'createToken refresh_token'];

test('any endpoint: an object where a value is due is 400, in every member and in every list', {
  timeout,
}, async () => {
  const world = await startWithBodies();
  const statements = await recordStatements(world);
  for (const call of world.calls) {
    for (const member of membersOf(call)) {
      if (exempt.includes(`${call.label} ${member}`)) continue;
      for (const value of shaped) {
        const answer = await sendBytes(world.api, call, JSON_TYPE, JSON.stringify({ ...call.body, [member]: value }));
        expectRefused(answer, call, 400, 'invalid_request', `${member}: ${JSON.stringify(value)}`);
      }
    }
    expectReadOnly(statements.splice(0), call.label);
  }
});

test('any endpoint: NUL, in any text of any body, is no reason to break down', { timeout }, async () => {
  const { api, calls } = await startWithBodies();
  for (const call of calls) {
    for (const member of membersOf(call).filter((one) => !exempt.includes(`${call.label} ${one}`))) {
      for (const value of [`${CANARY}\0`, [`${CANARY}\0`], { [`${CANARY}\0`]: `${CANARY}\0` }]) {
        const answer = await sendBytes(api, call, JSON_TYPE, JSON.stringify({ ...call.body, [member]: value }));
        expect(answer.status, `${call.label} ${member}`).toBeLessThan(500);
        expectNothingLeaks(answer, `${call.label} ${member}`);
      }
    }
  }
});
