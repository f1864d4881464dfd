import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../src/server.ts';

/** Longer than any test may take: who waits for it has failed. */
const NEVER_MS = 3_600_000;
/** Shorter than an idle connection is kept by Node (5 s): it must not go by itself. */
const inTime = { timeout: 4_000 };

async function start() {
  const server = await listen('127.0.0.1', 0);
  onTestFinished(() => server.drain(0));
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}

/** A server whose requests stay open until the test answers them. */
async function startSlow() {
  const server = await start();
  let arrive: (response: ServerResponse) => void = () => {};
  const arrived = new Promise<ServerResponse>((resolve) => {
    arrive = resolve;
  });
  server.serve((_, response) => arrive(response));
  return { ...server, arrived };
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return agent;
}

async function send(url: string, agent = new Agent()) {
  const [response]: IncomingMessage[] = await once(get(url, { agent }), 'response');
  if (!response) throw new Error('There is no response.');
  return { status: response.statusCode, body: await text(response), connection: response.headers.connection };
}

test('server: until it serves, every request is told to come back', async () => {
  const { url } = await start();
  for (const path of ['/livez', '/me', '/nothing']) {
    const response = await fetch(url + path);
    expect([response.status, response.headers.get('Retry-After'), await response.text()]).toEqual([503, '1', '']);
  }
});

test('server: from then on the handler answers, also on a connection that was there before', async () => {
  const { url, serve } = await start();
  const agent = keepAlive();
  expect(await send(url, agent)).toMatchObject({ status: 503, body: '' });
  serve((request, response) => response.end(`you asked for ${request.url}`));
  expect(await send(`${url}/me`, agent)).toMatchObject({ status: 200, body: 'you asked for /me' });
});

test('server: port 0 takes a free one, and a port that is taken is refused', async () => {
  const { port } = await start();
  expect(port).toBeGreaterThan(0);
  await expect(listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('server: draining lets a running request finish, and nobody else in', async () => {
  const { url, arrived, drain } = await startSlow();
  const running = send(url);
  const response = await arrived;
  const drained = drain(NEVER_MS);
  await expect(send(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  response.end('done');
  expect(await running).toMatchObject({ status: 200, body: 'done' });
  await drained;
});

test('server: a request that finishes while draining takes its connection with it', async () => {
  const { url, arrived, drain } = await startSlow();
  const running = send(url, keepAlive());
  const response = await arrived;
  const drained = drain(NEVER_MS);
  response.end('done');
  expect(await running).toEqual({ status: 200, body: 'done', connection: 'close' });
  await drained;
});

test('server: a request that was under way on an idle connection is answered, and takes it with it', async () => {
  const { url, serve, drain } = await start();
  serve((_, response) => response.end('done'));
  const agent = keepAlive();
  expect(await send(url, agent)).toMatchObject({ connection: 'keep-alive' });
  const drained = drain(NEVER_MS);
  expect(await send(url, agent)).toEqual({ status: 200, body: 'done', connection: 'close' });
  await drained;
});

test('server: draining cuts connections that wait for their next request', inTime, async () => {
  const { url, serve, drain } = await start();
  serve((_, response) => response.end('done'));
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: id.example\r\n\r\n');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  await drain(NEVER_MS);
  await closed;
});

test('server: draining cuts connections that have not asked for anything', inTime, async () => {
  const { port, drain } = await start();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket.resume(), 'close');
  await drain(NEVER_MS);
  await closed;
});

test('server: what is not done at the deadline is cut', async () => {
  const { url, arrived, drain } = await startSlow();
  const running = send(url, keepAlive());
  await arrived;
  const cut = expect(running).rejects.toMatchObject({ code: 'ECONNRESET' });
  await drain(10);
  await cut;
});

test('server: an idle one is drained at once, and a second time too', async () => {
  const { drain } = await start();
  await drain(NEVER_MS);
  await drain(NEVER_MS);
});
