// test/http/proxy-messages.ts: messages that a proxy and a service behind it might cut in two places.

/** What it would be if one of them took it for a request: the only one in these tests that leads nowhere. */
export const hidden = 'GET /hidden-marker HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Nothing doubtful about it, unless the fields are: a body that they say something about is not measured here. */
export function request(line: string, body = '', fields: readonly string[] = []): string {
  const isChunked = fields.some((field) => field.startsWith('Transfer-Encoding'));
  const length = body === '' || isChunked ? [] : [`Content-Length: ${body.length}`];
  return [`${line} HTTP/1.1`, 'Host: localhost', ...length, ...fields, '', body].join('\r\n');
}

/** Asks for the end of the connection: whatever comes before it has been answered by then, or never is. */
export const last = request('GET /livez', '', ['Connection: close']);

/** The fields as they are, and the body after the empty line. */
const message = (fields: readonly string[], body: string, line = 'POST /token HTTP/1.1') =>
  [line, 'Host: localhost', 'Content-Type: application/x-www-form-urlencoded', ...fields, '', body].join('\r\n');

const lengthOf = (body: string) => `Content-Length: ${body.length}`;
const chunk = (data: string) => `${data.length.toString(16)}\r\n${data}\r\n`;
const END = '0\r\n\r\n';

/** By its length the hidden request is body; by its chunks it comes after an empty one. */
const afterChunks = END + hidden;
/** By its chunks the hidden request is body; by its length it comes after the size of the first chunk. */
const withinChunks = chunk(hidden) + END;
const upToHidden = `Content-Length: ${withinChunks.indexOf(hidden)}`;

const CHUNKED = 'Transfer-Encoding: chunked';

/** Ways to write a coding that one reader might see and another not. */
const codings: Readonly<Record<string, readonly string[]>> = {
  chunked: [CHUNKED],
  'chunked in capitals': ['TRANSFER-ENCODING: CHUNKED'],
  'chunked twice': [CHUNKED, CHUNKED],
  'chunked, and identity': [CHUNKED, 'Transfer-Encoding: identity'],
  'identity, and chunked': ['Transfer-Encoding: identity', CHUNKED],
  'identity in a list': ['Transfer-Encoding: chunked, identity'],
  'chunked in a list': ['Transfer-Encoding: identity, chunked'],
  'something like chunked': ['Transfer-Encoding: xchunked'],
  'chunked in quotes': ['Transfer-Encoding: "chunked"'],
  'chunked with a parameter': ['Transfer-Encoding: chunked;q=1'],
  'chunked and a comma': ['Transfer-Encoding: chunked,'],
  'a vertical tab before chunked': ['Transfer-Encoding: \x0bchunked'],
  'a vertical tab after chunked': ['Transfer-Encoding: chunked\x0b'],
  'a tab before chunked': ['Transfer-Encoding:\tchunked'],
  'a byte above ASCII after chunked': ['Transfer-Encoding: chunked\xa0'],
  'NUL after chunked': ['Transfer-Encoding: chunked\0'],
  'a space before the colon': ['Transfer-Encoding : chunked'],
  'a tab before the colon': ['Transfer-Encoding\t: chunked'],
  'NUL in the name': ['Transfer-Encoding\0: chunked'],
  'a space before the name': [' Transfer-Encoding: chunked'],
  'a folded value': ['Transfer-Encoding:', ' chunked'],
  'a bare LF before it': [`X-Field: a\n${CHUNKED}`],
  'a bare CR before it': [`X-Field: a\r${CHUNKED}`],
  'a bare CR after it': [`${CHUNKED}\r`],
  'no value': ['Transfer-Encoding:'],
};

const bothWays = Object.entries(codings).flatMap(([name, fields]) => [
  [`${name}, before a length`, message([...fields, lengthOf(afterChunks)], afterChunks)],
  [`${name}, after a length`, message([upToHidden, ...fields], withinChunks)],
]);

/** No coding for anybody who reads on the lines of the RFC: the length counts. */
const noCodings: Readonly<Record<string, string>> = {
  'a coding folded into another field': message(['X-Field: a', ` ${CHUNKED}`, lengthOf(afterChunks)], afterChunks),
  'an underscore in the name of a coding': message(['Transfer_Encoding: chunked', lengthOf(afterChunks)], afterChunks),
};

/** By the one length the hidden request is body, by the other it comes after it. */
const lengths: Readonly<Record<string, readonly string[]>> = {
  'two lengths, the longer last': ['Content-Length: 0', lengthOf(hidden)],
  'two lengths, the longer first': [lengthOf(hidden), 'Content-Length: 0'],
  'two equal lengths': [lengthOf(hidden), lengthOf(hidden)],
  'a list of lengths': [`Content-Length: 0, ${hidden.length}`],
  'a list of equal lengths': [`Content-Length: ${hidden.length}, ${hidden.length}`],
  'a length with a sign': [`Content-Length: +${hidden.length}`],
  'a negative length': [`Content-Length: -${hidden.length}`],
  'a length in hexadecimal': [`Content-Length: 0x${hidden.length.toString(16)}`],
  'a length with a space within': [`Content-Length: 0 ${hidden.length}`],
  'a length with zeros before it': [`Content-Length: 000${hidden.length}`],
  'a length with a fraction': [`Content-Length: ${hidden.length}.0`],
  'a length with an exponent': [`Content-Length: ${hidden.length}e0`],
  'a length that overflows': [`Content-Length: ${2n ** 64n + BigInt(hidden.length)}`],
  'a length behind a vertical tab': [`Content-Length: \x0b${hidden.length}`],
  'an empty length, and one': ['Content-Length:', lengthOf(hidden)],
  'a space before the colon of a length': [`Content-Length : ${hidden.length}`],
  'a folded length': ['Content-Length:', ` ${hidden.length}`],
  'a length behind a bare LF': [`X-Field: a\n${lengthOf(hidden)}`],
  'a length behind a bare CR': [`X-Field: a\r${lengthOf(hidden)}`],
  'NUL in the name of a length': [`Content-Length\0: ${hidden.length}`],
};

const announced = Object.entries(lengths).map(([name, fields]) => [name, message(fields, hidden)]);

/** Each is read to its end only by whoever understands its chunks. */
const chunks: Readonly<Record<string, string>> = {
  'a chunk size that is none': `zz\r\n${hidden}\r\n${END}`,
  'a chunk size with a sign': `+${chunk(hidden)}${END}`,
  'a negative chunk size': `-${chunk(hidden)}${END}`,
  'a chunk size with a prefix': `0x${chunk(hidden)}${END}`,
  'a chunk size that overflows': `1${'0'.repeat(16)}\r\n\r\n${hidden}`,
  'a chunk size with a space after it': chunk(hidden).replace('\r\n', ' \r\n') + END,
  'a space before a chunk size': ` ${chunk(hidden)}${END}`,
  'a chunk that is longer than it says': `1\r\nx${hidden}\r\n${END}`,
  'a chunk that ends in a bare LF': chunk(hidden).replace(/\r\n$/, '\n') + END,
  'a chunk size that ends in a bare LF': chunk(hidden).replace('\r\n', '\n') + END,
  'a chunk size that ends in a bare CR': chunk(hidden).replace('\r\n', '\r') + END,
  'an extension that ends in a bare LF': `${hidden.length.toString(16)};a\n${hidden}\r\n${END}`,
  'an extension with a bare CR': `${hidden.length.toString(16)};a\rb\r\n${hidden}\r\n${END}`,
  'a last chunk with many zeros': `${chunk(hidden)}00000\r\n\r\n`,
  'a last chunk that ends in bare LFs': `${chunk(hidden)}0\n\n`,
  'a length in the trailer': `${chunk(hidden)}0\r\n${lengthOf(hidden)}\r\n\r\n`,
  'a host in the trailer': `${chunk(hidden)}0\r\nHost: other\r\n\r\n`,
  'an empty line before the first chunk': `\r\n${chunk(hidden)}${END}`,
};

const inChunks = Object.entries(chunks).map(([name, body]) => [name, message([CHUNKED], body)]);

const withBody = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].flatMap((method) => [
  [`a body of ${method}`, message([lengthOf(hidden)], hidden, `${method} /livez HTTP/1.1`)],
  [`chunks of ${method}`, message([CHUNKED], withinChunks, `${method} /livez HTTP/1.1`)],
]);

const post = (line: string, fields: readonly string[] = []) => message([lengthOf(hidden), ...fields], hidden, line);

const others: Readonly<Record<string, string>> = {
  'a second host': post('POST /token HTTP/1.1', ['Host: other']),
  'a host behind a space': post('POST /token HTTP/1.1', [' Host: other']),
  'a request line within the target': post('POST /token HTTP/1.1 /hidden-marker HTTP/1.1'),
  'a target with a bare CR': post('POST /token\rHost: HTTP/1.1'),
  'a target with NUL': post('POST /token\0 HTTP/1.1'),
  'a target with line ends, encoded': post(`POST /token?${encodeURIComponent(hidden)} HTTP/1.1`),
  'an absolute target': post('POST http://other/token HTTP/1.1'),
  'a tunnel': post('CONNECT /token HTTP/1.1'),
  'another version': post('POST /token HTTP/1.2'),
  'an old version with chunks': message([CHUNKED], withinChunks, 'POST /token HTTP/1.0'),
  'a line without a colon': post('POST /token HTTP/1.1', ['Garbage']),
  'a field without a name': post('POST /token HTTP/1.1', [': x']),
  'NUL in a field': post('POST /token HTTP/1.1', ['X-Field: a\0b']),
  'bare LFs alone': post('POST /token HTTP/1.1')
    .replaceAll('\r\n', '\n')
    .replace(/\n\n[\s\S]*/, `\n\n${hidden}`),
  'a length that the connection is told to drop': post('POST /token HTTP/1.1', ['Connection: Content-Length']),
  'chunks that the connection is told to drop': message([CHUNKED, 'Connection: Transfer-Encoding'], withinChunks),
  'an upgrade': post('POST /token HTTP/1.1', ['Connection: Upgrade', 'Upgrade: h2c']),
  'an upgrade to a web socket': post('GET /livez HTTP/1.1', ['Connection: Upgrade', 'Upgrade: websocket']),
};

/** One request each, or none that anybody should serve. */
export const doubtful: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...bothWays, ...announced, ...inChunks, ...withBody]),
  ...noCodings,
  ...others,
};
