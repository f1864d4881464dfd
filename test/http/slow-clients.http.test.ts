// Whoever keeps a connection without using it loses it, and keeps nobody else from being served. Time is real here:
// the deadlines are those of the server.
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Api, PASSWORD } from '../harness/api.ts';
import { onPostgres, startService } from '../harness/service.ts';
import { CANARY } from './failures.ts';

interface Outcome {
  readonly kind: string;
  readonly received: string;
  readonly seconds: number;
}

type Kind = readonly [name: string, begin: (socket: Socket) => void];

const head = (line: string, ...fields: string[]) => `${[`${line} HTTP/1.1`, 'Host: x', ...fields].join('\r\n')}\r\n`;
const json = 'Content-Type: application/json';

/** One byte a second, for ever. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 1000);
  socket.once('close', () => clearInterval(timer));
}

/** Cut when the header section is not there after ten seconds, or the whole message after fifteen. */
const slow: readonly Kind[] = [
  ['a connection that says nothing', () => {}],
  ['half a request line', (socket) => socket.write('POST /tok')],
  ['half a header section', (socket) => socket.write(head('POST /token', json))],
  ['a header section in drops', (socket) => drip(socket, `GET /livez HTTP/1.1\r\nX-Field: ${CANARY.repeat(9)}`)],
  [
    'an announced body that never comes',
    (socket) => socket.write(`${head('POST /token', json, 'Content-Length: 99')}\r\n`),
  ],
  ['half a body', (socket) => socket.write(`${head('POST /signup', json, 'Content-Length: 99')}\r\n{"email":"`)],
  ['half a chunk', (socket) => socket.write(`${head('POST /token', json, 'Transfer-Encoding: chunked')}\r\n5\r\n{"`)],
  [
    'a body in drops',
    (socket) => {
      socket.write(`${head('POST /token', json, 'Content-Length: 999')}\r\n`);
      drip(socket, '{"grant_type":"password"');
    },
  ],
];

/** These are answered, and then hold nothing: a body that nobody reads is not waited for. */
const unread: readonly Kind[] = [
  ['a body that nobody asked for', (socket) => socket.write(`${head('GET /livez', 'Content-Length: 99')}\r\n{`)],
  ['a body to a wrong path', (socket) => socket.write(`${head('POST /nowhere', 'Content-Length: 99')}\r\n{`)],
];

const EACH = 50;
const NEVER_READ = 5;

/** What became of a connection that was begun like that. */
function open(api: Api, [kind, begin]: Kind): Promise<Outcome> {
  const startedAt = performance.now();
  const { hostname, port } = new URL(api.baseUrl);
  const socket = connect(Number(port), hostname, () => begin(socket));
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {}); // a reset is an end too
    socket.on('close', () => resolve({ kind, received, seconds: (performance.now() - startedAt) / 1000 }));
  });
}

/** Asks for much and takes nothing of it: what is written piles up in the buffers of both systems. */
function neverRead({ baseUrl }: Api): void {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname, () => {
    socket.pause();
    socket.write(`${head('GET /openapi.json')}\r\n`.repeat(40));
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
}

/** Everything that somebody well-behaved does, and how long it took. In milliseconds. */
async function timeOf(api: Api, username: string): Promise<number> {
  const startedAt = performance.now();
  await api.signIn(username, { password: PASSWORD });
  expect(await api.get('/.well-known/jwks.json')).toMatchObject({ status: 200 });
  return performance.now() - startedAt;
}

// No database is asked for anything here.
test.skipIf(onPostgres)(
  'slow clients: hundreds are cut at the deadline, and hold up nobody',
  { timeout: 60_000 },
  async () => {
    const { api } = await startService();
    const { user } = await api.signUp();
    const kinds = [...slow, ...unread];
    const opened = kinds.flatMap((kind) => Array.from({ length: EACH }, () => open(api, kind)));
    for (let count = 0; count < NEVER_READ; count += 1) neverRead(api);
    expect(opened.length).toBe(500);

    const times: number[] = [];
    let cut = false;
    const outcomes = Promise.all(opened).finally(() => {
      cut = true;
    });
    while (!cut) {
      times.push(await timeOf(api, user.email));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // Who waits for any of the others waits for a deadline: that is ten seconds at least.
    expect(Math.max(...times)).toBeLessThan(8000);

    for (const { kind, received, seconds } of await outcomes) {
      const status = received.slice(0, 13);
      if (unread.some(([name]) => name === kind)) expect(status, kind).toMatch(/^HTTP\/1\.1 (200|404) /);
      else expect(status, kind).toBe('HTTP/1.1 408 ');
      expect(received.match(/HTTP\/1\.1 /g), kind).toHaveLength(1);
      expect(received, kind).not.toContain(CANARY);
      // The check goes round once a second; the rest is for a busy machine.
      expect(seconds, kind).toBeLessThan(20);
    }
    expect(await api.get('/readyz')).toMatchObject({ status: 200 });
  },
);
