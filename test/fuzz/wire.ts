// test/fuzz/wire.ts: from a message to its bytes, when what it speaks of has been made.
import type { Endpoint } from '../../src/http/endpoint.ts';
import type { Message } from './inputs.ts';
import { joined, type Member } from './schema.ts';

export interface Bytes {
  readonly lines: readonly string[];
  readonly body: Buffer;
  /** What has been filled in, by its name. */
  readonly real: ReadonlyMap<string, string>;
}

type Make = (name: string) => Promise<string>;

export async function toBytes(message: Message, endpoint: Endpoint, make: Make): Promise<Bytes> {
  const real = await makeAll(message, make);
  const filled: Message = JSON.parse(
    JSON.stringify(message).replaceAll(placeholder, (_, name) => real.get(name) ?? ''),
  );
  const content = damaged(encode(filled), filled);
  const { chunk, method, fields, caller, headers } = filled;
  const hasBody = endpoint.body !== undefined || content.length > 0;
  const length = chunk === null ? `Content-Length: ${content.length}` : 'Transfer-Encoding: chunked';
  const lines = [
    `${method ?? endpoint.method.toUpperCase()} ${targetOf(filled, endpoint)} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...(hasBody ? [length, `Content-Type: ${typeOf(filled)}`] : []),
    ...headers.map(([name, json]) => `${name}: ${textOf(json)}`),
    ...caller.fields,
    ...fields,
  ];
  return { lines, body: hasBody && chunk !== null ? chunked(content, chunk) : content, real };
}

const placeholder = /\{\{([a-z -]+)\}\}/g;

/** One after the other, so that the same seed makes the same things. */
async function makeAll(message: Message, make: Make): Promise<Map<string, string>> {
  const real = new Map<string, string>();
  for (const [, name = ''] of JSON.stringify(message).matchAll(placeholder)) {
    if (!real.has(name)) real.set(name, await make(name));
  }
  return real;
}

/** What a form or a path would say for a value. */
function textOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : json;
  } catch {
    return json;
  }
}

/** Half a character becomes the bytes that a careless encoder would make of it. */
function escaped(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}

const pairs = (members: readonly Member[]) =>
  members.map(([name, json]) => `${escaped(name)}=${escaped(textOf(json))}`).join('&');

function targetOf({ params, query, tail }: Message, { path }: Endpoint): string {
  const filled = params.reduce((so, [name, json]) => so.replace(`:${name}`, () => escaped(textOf(json))), path);
  return `${filled}${query.length > 0 ? `?${pairs(query)}` : ''}${tail}`;
}

function encode({ form, members, operationId }: Message): Buffer {
  if (members.length === 0 && operationId.startsWith('get')) return Buffer.alloc(0);
  return Buffer.from(form ? pairs(members) : joined(members));
}

function typeOf({ form, type }: Message): string {
  return type ?? (form ? 'application/x-www-form-urlencoded' : 'application/json');
}

function damaged(body: Buffer, { damage }: Message): Buffer {
  if (damage === null || body.length === 0) return body;
  const at = damage.at % body.length;
  const hurt = Buffer.from(body.map((old, index) => (index === at ? damage.byte : old)));
  return damage.cut ? hurt.subarray(0, at) : hurt;
}

function chunked(body: Buffer, size: number): Buffer {
  const starts = Array.from({ length: Math.ceil(body.length / size) }, (_, index) => index * size);
  const chunks = starts.flatMap((start) => {
    const chunk = body.subarray(start, start + size);
    return [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')];
  });
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}
