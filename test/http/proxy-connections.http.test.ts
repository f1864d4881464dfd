// What becomes of messages and connections on their way through the proxies that we document: what is cut in two,
// too long, too slow, or lost. The settings under test are the documented files.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { converse, nginx, type ProxyKind, startProxy } from '../harness/proxies.ts';
import { CLOSE, FORM, JSON_TYPE, passwordGrant, startBehind, statuses, throughEach } from './behind-proxy.ts';
import { doubtful, hidden, last, request } from './proxy-messages.ts';

throughEach('a message that could be cut in two places is one request, or none', async (kind) => {
  const { api, proxy, reached } = await startBehind(kind);
  for (const [name, message] of Object.entries(doubtful)) {
    reached.length = 0;
    const [status, after, ...more] = statuses(await converse(proxy, message + last));
    // Either it is refused and the connection closed, or it is answered, and so is what comes after it.
    expect([200, 204, 400, 405, 415, 422, 501], name).toContain(status);
    expect([undefined, 200], name).toContain(after);
    expect(more, name).toEqual([]);
    // The connection that it was passed on by is used for whoever comes next.
    for (let times = 0; times < 2; times += 1) expect((await api.get('/livez')).status, name).toBe(200);
    const failures = reached.map(({ failure }) => failure);
    expect(failures, name).not.toContain('not_found');
    expect(reached.length, name).toBeLessThanOrEqual((after === undefined ? 1 : 2) + 2);
  }
});

/** Both leave it to whoever sets them up; what is documented does without. */
const overHttp2 = (kind: ProxyKind): ProxyKind => ({
  ...kind,
  edits: (place) => [...kind.edits(place), kind === nginx ? [' ssl;', ' ssl http2;'] : ['alpn http/1.1', 'alpn h2']],
});

throughEach('a length that HTTP/2 does not need hides no request', async (kind) => {
  const { proxy, reached } = await startBehind(overHttp2(kind));
  const session = connect(proxy.url);
  onTestFinished(() => session.destroy());
  const ask = (headers: OutgoingHttpHeaders, body: string) => statusOf(session.request(headers).end(body));
  const post = { ':method': 'POST', ':path': '/token', 'content-type': 'application/x-www-form-urlencoded' };
  expect(await ask(post, 'grant_type=none')).toBe(400);
  const lengths = ['0', '5', String(hidden.length + 5)];
  for (const length of lengths) {
    expect([0, 400], length).toContain(await ask({ ...post, 'content-length': length }, hidden));
    expect(await ask({ ':path': '/livez' }, ''), length).toBe(200);
  }
  expect(reached).toHaveLength(1 + lengths.length);
});

/** 0 where the stream is reset instead. */
function statusOf(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve) => {
    let status = 0;
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
    });
    stream.on('error', () => {});
    stream.on('close', () => resolve(status));
    stream.resume();
  });
}

throughEach('requests that come at once are answered one by one, in their order', async (kind) => {
  const { api, proxy, reached } = await startBehind(kind);
  const { user } = await api.signUp();
  reached.length = 0;
  // The first takes longest: its password is hashed.
  const first = request('POST /token', passwordGrant(user.email), [FORM]);
  const others = [request('GET /nowhere'), request('GET /me'), request('OPTIONS /token')];
  expect(statuses(await converse(proxy, [first, ...others, last].join('')))).toEqual([200, 404, 401, 204, 200]);
  expect(reached).toHaveLength(5);
});

const LIMIT = 16 * 1024;

/** Messages whose body is so long, however it is sent. */
function bodies(length: number): Record<string, string> {
  const form = passwordGrant('ann').padEnd(length, 'x');
  const json = `${' '.repeat(length - 2)}{}`;
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  const inPieces = json.replaceAll(/.{1,1000}/g, (piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  const TE = 'Transfer-Encoding: chunked';
  return {
    'a form': request('POST /token', form, [FORM]),
    'an object': request('POST /signup', json, [JSON_TYPE]),
    'a form in a chunk': request('POST /token', chunked(form), [FORM, TE]),
    'an object in a chunk': request('POST /signup', chunked(json), [JSON_TYPE, TE]),
    'an object in many chunks': request('POST /signup', `${inPieces}0\r\n\r\n`, [JSON_TYPE, TE]),
  };
}

throughEach('a body of 16 KB is read, one of a byte more is refused and harms nobody', async (kind) => {
  const { api, proxy, reached } = await startBehind(kind);
  for (const [name, message] of Object.entries(bodies(LIMIT))) {
    const received = await converse(proxy, message + last);
    expect(statuses(received), name).toEqual([400, 200]);
    expect(received.match(/^x-request-id/gim), name).toHaveLength(2); // the service itself has read it
  }
  // Bodies hold passwords.
  expect(proxy.said()).not.toContain('temporary file');
  for (const [name, message] of Object.entries(bodies(LIMIT + 1))) {
    const [status, ...after] = statuses(await converse(proxy, message + last));
    expect(status, name).toBe(413);
    expect([[], [200]], name).toContainEqual(after);
    for (let times = 0; times < 2; times += 1) expect((await api.get('/livez')).status, name).toBe(200);
  }
  await api.signUp();
  expect(reached.map(({ failure }) => failure)).not.toContain('payload_too_large'); // the proxy is the first to count
});

throughEach('header fields of 16 KB are refused, those of half of it are read', async (kind) => {
  const { api, proxy } = await startBehind(kind);
  const withField = (length: number) => request('GET /livez', '', [`X-Field: ${'x'.repeat(length)}`, CLOSE]);
  expect(statuses(await converse(proxy, withField(8000)))).toEqual([200]);
  for (const length of [LIMIT, 3 * LIMIT]) {
    expect(statuses(await converse(proxy, withField(length))), `${length}`).toEqual([expect.toBeOneOf([400, 431])]);
    expect((await api.get('/livez')).status).toBe(200);
  }
});

/** Stands in for the service where it is the connections to it that are looked at. It never closes one by itself. */
async function startUpstream(kind: ProxyKind, answer: RequestListener) {
  const connections: Socket[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, answer);
  server.on('connection', (socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { proxy: await startProxy(kind, port), connections };
}

throughEach('a request whose answer is lost is not sent again', async (kind) => {
  const seen: string[] = [];
  const { proxy } = await startUpstream(kind, ({ method = '', socket }, response) => {
    seen.push(method);
    if (method === 'GET') response.end('fine');
    else socket.destroy();
  });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    // Once on a connection that was used before, and once on a new one.
    await converse(proxy, request('GET /') + request(`${method} /`, 'x', [CLOSE]));
    await converse(proxy, request(`${method} /`, 'x', [CLOSE]));
    expect(seen.splice(0), method).toEqual(['GET', method, method]);
  }
});

throughEach('a slow client keeps no connection to the service', async (kind) => {
  const { proxy, connections } = await startUpstream(kind, (_, response) => response.end('fine'));
  const sent = request('POST /token', passwordGrant('ann').padEnd(LIMIT, 'x'), [FORM, `X-Field: ${'x'.repeat(7000)}`]);
  const slow = [sent.slice(0, -1), sent.slice(0, 40), ''].map((message) =>
    converse(proxy, message, { patienceMs: 300 }),
  );
  expect(await Promise.all(slow)).toEqual(['', '', '']);
  expect(statuses(await converse(proxy, last))).toEqual([200]);
  expect(connections).toHaveLength(1);
});

/** The service leaves it as it is in Node. A proxy that sends a request just then cannot know whether it was read. */
const SERVICE_CLOSES_MS = createServer().keepAliveTimeout;

const CLIENTS = 20;
const EACH = 3;

throughEach('connections are used again, and closed when idle, before the service does it', async (kind) => {
  let served = 0;
  const { proxy, connections } = await startUpstream(kind, (_, response) => {
    served += 1;
    response.end('fine');
  });
  // They stay until the proxy is gone.
  for (let count = 0; count < CLIENTS; count += 1) void converse(proxy, request('GET /').repeat(EACH));
  await expect.poll(() => served, { timeout: 5000 }).toBe(CLIENTS * EACH);
  expect(connections.length).toBeLessThanOrEqual(CLIENTS);
  const servedAt = performance.now();
  await Promise.all(connections.map(closed));
  expect(performance.now() - servedAt).toBeLessThan(SERVICE_CLOSES_MS);
});

/** Also by a reset. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}
