import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../../src/http/endpoint.ts';
import type { Answer } from '../harness/api.ts';
import { createContractCheck } from '../harness/contract-check.ts';
import { startService } from '../harness/service.ts';
import { baseHeaders, CANARY } from './failures.ts';
import { type Message, message } from './messages.ts';
import { exchange } from './raw-socket.ts';

/** The same messages in every run; fast-check prints the seed and the path to the one that failed. */
const SEED = 9457;
const RUNS = 150;

/** The lines of the message, as they are sent to one operation. */
function linesOf({ method, query, fields, signedIn, chunked, content }: Message, endpoint: Endpoint, token: string) {
  const target = endpoint.path.replaceAll(/:\w+/g, '00000000-0000-7000-8000-000000000000');
  return [
    `${method ?? endpoint.method.toUpperCase()} ${target}${query} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.body.length}`,
    ...(content.type === null ? [] : [`Content-Type: ${content.type}`]),
    ...(signedIn ? [`Authorization: Bearer ${token}`] : []),
    ...fields,
  ];
}

function framed({ chunked, content: { body } }: Message): Buffer {
  if (!chunked) return body;
  const chunk = body.length > 0 ? [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')] : [];
  return Buffer.concat([...chunk, Buffer.from('0\r\n\r\n')]);
}

/** Never a breakdown; a failure comes in the envelope of its path, and repeats nothing. */
function expectSound({ status, headers, text }: Answer, { failures, operationId }: Endpoint): void {
  expect(status === 503 || status < 500, `${operationId} ${status}`).toBe(true);
  expect(Object.fromEntries(headers), operationId).toMatchObject(baseHeaders);
  if (status < 400) return;
  const contentType = failures === 'oauth' ? 'application/json' : 'application/problem+json';
  expect(headers.get('content-type'), operationId).toBe(`${contentType}; charset=utf-8`);
  expect(text + JSON.stringify([...headers]), operationId).not.toContain(CANARY);
}

test('fuzz: no message breaks the service, changes its voice or is repeated by it', { timeout: 120_000 }, async () => {
  const { api, endpoints, config } = await startService();
  await api.signUp({ email: 'ann@example.com' });
  const check = createContractCheck(endpoints, config.issuer);
  const succeeded = new Set<string>();

  async function sendTo(endpoint: Endpoint, sent: Message, token: string): Promise<void> {
    const answer = await exchange(api.baseUrl, linesOf(sent, endpoint, token), framed(sent));
    expectSound(answer, endpoint);
    check(sent.method ?? endpoint.method.toUpperCase(), endpoint.path, answer);
    if (answer.status < 300 && sent.method === null) succeeded.add(endpoint.operationId);
  }

  await fc.assert(
    fc.asyncProperty(message, async (sent) => {
      const { access_token } = await api.signIn('ann@example.com'); // a log-out may have ended the one before
      await Promise.all(endpoints.map((endpoint) => sendTo(endpoint, sent, access_token)));
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    }),
    { seed: SEED, numRuns: RUNS },
  );
  expect(await api.get('/livez')).toMatchObject({ status: 200 });
  expect(await api.get('/readyz')).toMatchObject({ status: 200 });
  // Had nothing come through to the handlers, little would have been tried.
  expect([...succeeded]).toEqual(expect.arrayContaining(['createToken', 'revokeToken', 'signUp', 'getMe']));
});
