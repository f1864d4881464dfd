// Messages that two readers could cut in two places: each is refused whole, and its connection closed (RFC 9112).
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Api, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY } from './failures.ts';

/** Everything that comes back on one connection until the server closes it, as text. */
function converse(api: Api, message: string): Promise<string> {
  const { hostname, port } = new URL(api.baseUrl);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname);
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {}); // what is refused is not read to its end
    socket.on('close', () => resolve(received));
    socket.write(message, 'latin1');
  });
}

function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const form = 'Content-Type: application/x-www-form-urlencoded';
const login = `grant_type=password&username=user1%40example.com&password=${encodeURIComponent(PASSWORD)}`;
const chunked = `${login.length.toString(16)}\r\n${login}\r\n0\r\n\r\n`;
const hidden = `GET /${CANARY} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** A sign-in that would be served, with these lines about its length; `body` comes after the empty line. */
function message(lines: readonly string[], body: string): string {
  return ['POST /token HTTP/1.1', 'Host: x', form, ...lines, '', body].join('\r\n');
}

const TE = 'Transfer-Encoding: chunked';
const CL = `Content-Length: ${login.length}`;

const ambiguous: Readonly<Record<string, string>> = {
  'a coding and a length': message([TE, CL], chunked),
  'a length and a coding': message([CL, TE], login),
  'two lengths that differ': message([CL, 'Content-Length: 5'], login),
  'two lengths that are equal': message([CL, CL], login),
  'a length that is a list': message(['Content-Length: 10, 10'], login),
  'a length with a sign': message(['Content-Length: +10'], login),
  'a negative length': message(['Content-Length: -1'], login),
  'a length in hexadecimal': message(['Content-Length: 0x10'], login),
  'a length with a space within': message(['Content-Length: 1 0'], login),
  'an empty length': message(['Content-Length:'], login),
  'a length that overflows': message(['Content-Length: 99999999999999999999'], login),
  'a coding that nobody knows': message(['Transfer-Encoding: xchunked'], chunked),
  'a coding after chunked': message(['Transfer-Encoding: chunked, identity'], chunked),
  'chunked twice': message(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], chunked),
  'a coding behind a vertical tab': message(['Transfer-Encoding: \x0bchunked'], chunked),
  'a space before the colon of a coding': message(['Transfer-Encoding : chunked'], chunked),
  'a space before the colon of a length': message([`Content-Length : ${login.length}`], login),
  'a space before a name': message([` ${CL}`], login),
  'a folded line': message(['X-Folded: a', ' b', CL], login),
  'a folded coding': message(['Transfer-Encoding:', ' chunked'], chunked),
  'NUL in a field': message(['X-Field: a\0b', CL], login),
  'NUL in a name': message(['X-\0Field: a', CL], login),
  'a bare CR in a field': message(['X-Field: a\rX-Other: b', CL], login),
  'a bare LF after a field': message([`X-Field: a\nX-Other: b`, CL], login),
  'a bare LF after the request line': message([CL], login).replace('\r\n', '\n'),
  'bare LFs alone': message([CL], login).replaceAll('\r\n', '\n'),
  'a line without a colon': message(['Garbage', CL], login),
  'a field without a name': message([': x', CL], login),
  'a chunk size that is none': message([TE], `zz\r\n${login}\r\n0\r\n\r\n`),
  'a chunk size with a sign': message([TE], `+5\r\n${login}\r\n0\r\n\r\n`),
  'a negative chunk size': message([TE], `-5\r\n${login}\r\n0\r\n\r\n`),
  'a chunk size with a prefix': message([TE], `0x5\r\n${login}\r\n0\r\n\r\n`),
  'a chunk size that overflows': message([TE], `fffffffffffffffff\r\n${login}\r\n0\r\n\r\n`),
  'a chunk that is longer than it says': message([TE], `5\r\n${login}\r\n0\r\n\r\n`),
  'chunks that end in bare LFs': message([TE], chunked.replaceAll('\r\n', '\n')),
  'a space before a chunk size': message([TE], ` ${chunked}`),
  'a version that is none': message([CL], login).replace('HTTP/1.1', 'HTTP/1.10'),
  'the next version': message([CL], login).replace('HTTP/1.1', 'HTTP/2.0'),
  'no version': message([CL], login).replace(' HTTP/1.1', ''),
  'a method in small letters': message([CL], login).replace('POST', 'post'),
  'another protocol': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
};

describe('ambiguous', () => {
  test.each(Object.entries(ambiguous))('message: %s is refused, once, and the connection closed', async (_, sent) => {
    const { api } = await startService();
    await api.signUp();
    const received = await converse(api, sent + hidden);
    expect(statuses(received)).toEqual([400]);
    expect(received).not.toContain('access_token');
    expect(received).not.toContain(CANARY);
    expect(await api.get('/livez')).toMatchObject({ status: 200 });
  });
});

/** A request and its body, if it has one, on a connection that stays open. */
const request = (line: string, body = '', fields: readonly string[] = [`Content-Length: ${body.length}`]) =>
  [`${line} HTTP/1.1`, 'Host: x', ...fields, '', body].join('\r\n');

const last = request('GET /livez', '', ['Connection: close']);

describe('one after the other', () => {
  test('message: requests that come at once are answered one by one, in their order', async () => {
    const { api } = await startService();
    await api.signUp();
    // The first takes longest: its password is hashed.
    const sent = [message([CL], login), request('GET /nowhere'), request('GET /me'), request('OPTIONS /token'), last];
    expect(statuses(await converse(api, sent.join('')))).toEqual([200, 404, 401, 204, 200]);
  });

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    'message: the body of %s is no request of its own',
    async (method) => {
      const { api } = await startService();
      const inner = request(`GET /${CANARY}`);
      const announced = request(`${method} /livez`, inner);
      const inChunks = request(`${method} /livez`, `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`, [TE]);
      const one = { GET: 200, HEAD: 200, OPTIONS: 204 }[method] ?? 405;
      expect(statuses(await converse(api, announced + inChunks + last))).toEqual([one, one, 200]);
    },
  );

  test('message: what follows a refused body is not looked for in it', async () => {
    const { api } = await startService();
    const inner = request(`GET /${CANARY}`);
    const refused = request('POST /signup', inner, ['Content-Type: text/plain', `Content-Length: ${inner.length}`]);
    const received = await converse(api, refused + last);
    expect(statuses(received)).toEqual([415, 200]);
    expect(received).not.toContain(CANARY);
  });

  test('message: what follows `Connection: close` is not served', async () => {
    const { api } = await startService();
    expect(statuses(await converse(api, last + request('GET /nowhere')))).toHaveLength(1);
  });
});

describe('special', () => {
  test.each([
    ['an expectation that is none', request('GET /livez', '', ['Expect: foo', 'Connection: close']), [417]],
    ['an expectation of nothing', request('GET /livez', '', ['Expect: ', 'Connection: close']), [417]],
    ['an upgrade to HTTP/2', upgrade('h2c', ['HTTP2-Settings: AAMAAABkAAQAAP__']), [200]],
    ['an upgrade to a web socket', upgrade('websocket', ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']), [200]],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['a tunnel', request('CONNECT localhost:80', '', []), []],
    ['a tunnel to ourselves', request('CONNECT /token', '', []), []],
    ['the options of everything', request('OPTIONS *', '', ['Connection: close']), [404]],
    ['a trace', request('TRACE /token', '', [`Cookie: ${CANARY}`, 'Connection: close']), [405]],
    ['a method that nobody knows', request('BREW /token', '', ['Connection: close']), [400]],
  ])('message: %s', async (_, sent, expected) => {
    const { api } = await startService();
    const received = await converse(api, sent);
    expect(statuses(received)).toEqual(expected);
    expect(received).not.toContain(CANARY);
  });

  test('message: whoever waits for leave to send a body gets it', async () => {
    const { api } = await startService();
    await api.signUp();
    const received = await converse(api, message([CL, 'Expect: 100-continue', 'Connection: close'], login));
    expect(statuses(received)).toEqual([100, 200]);
  });
});

function upgrade(protocol: string, fields: readonly string[]): string {
  return request('GET /livez', '', [`Upgrade: ${protocol}`, 'Connection: Upgrade, close', ...fields]);
}

const rest = ['Connection: close'];

describe('too large', () => {
  test.each([
    ['a field of 17 KB', request('GET /livez', '', [...rest, `X-Field: ${'x'.repeat(17_000)}`])],
    ['a name of 17 KB', request('GET /livez', '', [...rest, `${'x'.repeat(17_000)}: 1`])],
    ['a target of 17 KB', request(`GET /livez?${'x'.repeat(17_000)}`, '', rest)],
    ['2500 fields', request('GET /livez', '', [...rest, ...Array.from({ length: 2500 }, (_, at) => `X-${at}: 1`)])],
    ['a token of 100 KB', request('GET /me', '', [...rest, `Authorization: Bearer ${'a'.repeat(100_000)}`])],
  ])('message: %s is 431', async (_, sent) => {
    const { api } = await startService();
    expect(statuses(await converse(api, sent))).toEqual([431]);
    expect(await api.get('/livez')).toMatchObject({ status: 200 });
  });
});
