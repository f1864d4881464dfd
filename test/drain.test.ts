// The service is told to stop while it is busy: what it has taken it answers, and then it is gone.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createApi, PASSWORD } from './harness/api.ts';
import { askOnOneConnection, total } from './harness/counting-client.ts';
import { everydayEnv } from './harness/everyday.ts';
import { type RunningProcess, startProcess } from './harness/process.ts';
import { newDurableDatabase } from './harness/service.ts';

const CONNECTIONS = 30;
/** Running requests have ten seconds; the rest is for a busy machine. */
const EXIT_MS = 20_000;

const start = async () => startProcess({ ...everydayEnv, DATABASE_URL: await newDurableDatabase() });
const portOf = ({ url }: RunningProcess) => Number(new URL(url).port);

/** Sends the signal; gives back how the process ended, and after how many milliseconds. */
async function terminate({ child }: RunningProcess) {
  const exited = once(child, 'exit');
  const toldAt = performance.now();
  child.kill('SIGTERM');
  const [code, signal] = await exited;
  return { code, signal, milliseconds: performance.now() - toldAt };
}

test('drain: under load every request is answered whole, and the connection is closed with notice', {
  timeout: 60_000,
}, async () => {
  const running = await start();
  const port = portOf(running);
  const api = createApi(running.url, () => {});
  const { tokens } = await api.signUp();
  await api.signUp(); // of whose sessions the oldest end, because there are so many of them
  const authorization = `Authorization: Bearer ${tokens.access_token}`;
  const me = `GET /me HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n\r\n`;
  const login = `grant_type=password&username=user2%40example.com&password=${encodeURIComponent(PASSWORD)}`;
  const signIn = [
    'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded',
    `Content-Length: ${login.length}\r\n\r\n${login}`,
  ].join('\r\n');
  const asked: number[] = new Array(CONNECTIONS).fill(0);
  const clients = asked.map((_, n) =>
    askOnOneConnection(port, () => {
      asked[n] = (asked[n] ?? 0) + 1;
      return n % 3 ? me : signIn;
    }),
  );
  // A connection that the process has not accepted yet is nobody's, and is reset by the system.
  while (asked.some((times) => times < 4)) await setTimeout(50);

  const exit = await terminate(running);
  const { statuses, cut, unanswered, farewells } = total(await Promise.all(clients));
  expect({ cut, unanswered, farewells }).toEqual({ cut: 0, unanswered: 0, farewells: CONNECTIONS });
  expect(Object.keys(statuses)).toEqual(['200']);
  expect(exit).toMatchObject({ code: 0, signal: null });
  expect(exit.milliseconds).toBeLessThan(EXIT_MS);
});

/** A request whose body never comes: the server has begun with it, and waits. */
async function hang(port: number) {
  const socket = connect(port, '127.0.0.1').resume();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(
    'POST /signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  );
  await setTimeout(300); // until it has been read: nothing comes back that would say so
  return socket;
}

test('drain: while a request hangs nobody else is let in, and the end comes all the same', {
  timeout: 60_000,
}, async () => {
  const running = await start();
  await hang(portOf(running));
  const ended = terminate(running);
  await setTimeout(2_000);
  const refused = connect(portOf(running), '127.0.0.1');
  const [error] = await once(refused, 'error').catch((reason: unknown) => [reason]);
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  await expect(fetch(`${running.url}/readyz`)).rejects.toThrow();
  const { code, signal, milliseconds } = await ended;
  expect([code, signal]).toEqual([0, null]);
  expect(milliseconds).toBeLessThan(EXIT_MS);
});
