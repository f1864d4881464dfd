// test/fuzz/tricks.ts: messages that no client would write: ways to say two things about where a message ends, or what is
// in it. Behind each there is a second message, which only a server that was fooled would answer.
import fc from 'fast-check';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { CANARY } from '../http/failures.ts';

export interface Trick {
  readonly name: string;
  readonly bytes: string;
  /** How many messages there are to answer, at most. */
  readonly messages: number;
}

const smuggled = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const json = '{"email":"ann@example.com"}';

/** Said of a body of 4 bytes, `ab=c`. Each could be read in two ways, or in none. */
const framings: Readonly<Record<string, readonly string[]>> = {
  'both framings': ['Content-Length: 4', 'Transfer-Encoding: chunked'],
  'both framings, turned': ['Transfer-Encoding: chunked', 'Content-Length: 4'],
  'two lengths': ['Content-Length: 4', 'Content-Length: 5'],
  'two lengths in a list': ['Content-Length: 4, 5'],
  'the same length twice': ['Content-Length: 4', 'Content-Length: 4'],
  'a length with a sign': ['Content-Length: +4'],
  'a negative length': ['Content-Length: -4'],
  'a hexadecimal length': ['Content-Length: 0x4'],
  'a length with a point': ['Content-Length: 4.0'],
  'a huge length': ['Content-Length: 99999999999999999999999'],
  'no length': ['Content-Length:'],
  'an unknown coding': ['Transfer-Encoding: xchunked'],
  'chunked not last': ['Transfer-Encoding: chunked, identity'],
  'chunked twice': ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  'chunked behind a tab': ['Transfer-Encoding:\tchunked\x0b'],
  'a space before the colon': ['Transfer-Encoding : chunked'],
  'a folded field': ['Transfer-Encoding:', ' chunked'],
  'a folded field of no meaning': ['X-A: b', ` ${CANARY}`, 'Content-Length: 4'],
  'a field without a name': [`: ${CANARY}`, 'Content-Length: 4'],
  'a field without a colon': [CANARY, 'Content-Length: 4'],
  'a NUL in a field': [`X-A: ${CANARY}\0`, 'Content-Length: 4'],
  'a NUL in a name': [`X\0A: ${CANARY}`, 'Content-Length: 4'],
  'a carriage return in a field': [`X-A: ${CANARY}\rX-B: c`, 'Content-Length: 4'],
};

const chunks: Readonly<Record<string, string>> = {
  'a size with an extension': `4;a=${CANARY}\r\nab=c\r\n0\r\n\r\n`,
  'a size of many digits': `${'0'.repeat(40)}4\r\nab=c\r\n0\r\n\r\n`,
  'a huge size': 'ffffffffffffffffffff\r\nab=c\r\n0\r\n\r\n',
  'a negative size': '-4\r\nab=c\r\n0\r\n\r\n',
  'a hexadecimal size': '0x4\r\nab=c\r\n0\r\n\r\n',
  'a size with a space': '4 \r\nab=c\r\n0\r\n\r\n',
  'bare line feeds': '4\nab=c\n0\n\n',
  'more than the size': '2\r\nab=c\r\n0\r\n\r\n',
  'less than the size': '8\r\nab=c\r\n0\r\n\r\n',
  'a trailer': `4\r\nab=c\r\n0\r\nContent-Length: 99\r\nX-A: ${CANARY}\r\n\r\n`,
  'a trailer of authority': '4\r\nab=c\r\n0\r\nAuthorization: Bearer a.b.c\r\n\r\n',
  'no last chunk': '4\r\nab=c\r\n',
};

const starts = [
  ...['/ HTTP/2.0', '/ HTTP/1.2', '/ HTTP/0.9', '/ HTTP/1.1 ', '/', ' / HTTP/1.1', '/ http/1.1', '/\0 HTTP/1.1'],
  ...['* HTTP/1.1', 'localhost:80 HTTP/1.1', 'http:// HTTP/1.1', `http://a@${CANARY}/me HTTP/1.1`, '//me HTTP/1.1'],
  ...['\\me HTTP/1.1', `/${CANARY}#a HTTP/1.1`, '/me?a b HTTP/1.1', '/\xFF HTTP/1.1', '/%00 HTTP/1.1', '/\t HTTP/1.1'],
];
const methods = ['GET', 'get', 'G\0T', 'PRI', 'CONNECT', 'TRACE', 'TRACK', 'PURGE', 'OPTIONS', CANARY, '', 'POST /me'];

const heads: Readonly<Record<string, readonly string[]>> = {
  'two hosts': ['Host: localhost', `Host: ${CANARY}`],
  'no host': [],
  '2000 fields': ['Host: localhost', ...Array.from({ length: 2000 }, (_, at) => `a${at}: b`)],
  'a field of 17 KB': ['Host: localhost', `X-A: ${CANARY.repeat(1700)}`],
  'an upgrade': ['Host: localhost', 'Connection: Upgrade, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
  'a web socket': ['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  'an expectation': ['Host: localhost', 'Expect: 100-continue'],
  'another expectation': ['Host: localhost', `Expect: ${CANARY}`],
  'two authorizations': ['Host: localhost', 'Authorization: Bearer a.b.c', 'Authorization: Basic YTpi'],
  'a range': ['Host: localhost', `Range: bytes=0-0,-1,${CANARY}`, 'If-Range: "a"'],
  conditions: ['Host: localhost', 'If-None-Match: *', 'If-Match: "a"', `If-Modified-Since: ${CANARY}`],
};

function message(start: string, fields: readonly string[], body = ''): string {
  return `${[start, ...fields, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`;
}

function ofFraming(line: string): Trick[] {
  const fields = ['Host: localhost', 'Content-Type: application/json'];
  return [
    ...Object.entries(framings).map(([name, more]) => ({
      name,
      bytes: message(line, [...fields, ...more], `ab=c${smuggled}`),
      messages: 1,
    })),
    ...Object.entries(chunks).map(([name, body]) => ({
      name,
      bytes: message(line, [...fields, 'Transfer-Encoding: chunked'], body + smuggled),
      messages: 1,
    })),
  ];
}

function ofHeads(line: string): Trick[] {
  return Object.entries(heads).map(([name, fields]) => ({ name, bytes: message(line, fields), messages: 1 }));
}

function ofStarts(): Trick[] {
  const lines = methods.flatMap((method) => starts.map((start) => `${method} ${start}`));
  return lines.map((line) => ({ name: JSON.stringify(line), bytes: message(line, ['Host: localhost']), messages: 1 }));
}

/** One after the other, without waiting for an answer. */
function pipelined(line: string): Trick[] {
  const one = `${line}\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
  return [
    { name: 'two at once', bytes: one + smuggled, messages: 2 },
    { name: 'many at once', bytes: one.repeat(20) + smuggled, messages: 21 },
    { name: 'empty lines between', bytes: `${one}\r\n\r\n${smuggled}`, messages: 2 },
    { name: 'one and garbage', bytes: `${one}${CANARY}\0\xFF\r\n\r\n`, messages: 2 },
    { name: 'bare line feeds', bytes: `${one}${smuggled}`.replaceAll('\r\n', '\n'), messages: 2 },
    { name: 'bare carriage returns', bytes: `${one}${smuggled}`.replaceAll('\r\n', '\r'), messages: 2 },
  ];
}

/** Any of them to any operation; some with a byte changed, or cut off. */
export function trick(endpoints: readonly Endpoint[]): fc.Arbitrary<Trick> {
  const line = fc.constantFrom(...endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path} HTTP/1.1`));
  const any = line.chain((one) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...ofFraming(one)) },
      { weight: 1, arbitrary: fc.constantFrom(...ofHeads(one)) },
      { weight: 1, arbitrary: fc.constantFrom(...ofStarts()) },
      { weight: 1, arbitrary: fc.constantFrom(...pipelined(one)) },
    ),
  );
  return fc.oneof({ weight: 3, arbitrary: any }, { weight: 1, arbitrary: any.chain(spoilt) });
}

/** What it says then, nobody knows: only that no more can be answered than there is. */
function spoilt({ name, bytes, messages }: Trick): fc.Arbitrary<Trick> {
  return fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean()).map(([at, byte, cut]) => ({
    name: `${name}, spoilt at ${at}`,
    bytes: bytes.slice(0, at) + String.fromCharCode(byte) + (cut ? '' : bytes.slice(at + 1)),
    messages: messages + 1,
  }));
}
