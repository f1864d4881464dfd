import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { onPostgres, startService } from '../harness/service.ts';

const REQUESTS = 150;

/** Node grants twice the silence while something is waiting to be sent. */
const PATIENCE_MS = 45_000;

// No database is asked for anything here.
test.skipIf(onPostgres)('server: a client that never reads is cut', { timeout: 90_000 }, async () => {
  const { api } = await startService();
  const { port } = new URL(api.baseUrl);
  const socket = connect(Number(port), '127.0.0.1', () => {
    socket.pause();
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(REQUESTS));
  });
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', () => resolve('closed')));
  socket.resume();
  const open = new Promise((resolve) => setTimeout(() => resolve('open'), 3_000)); // less than it is kept for when idle
  expect(await Promise.race([closed, open])).toBe('closed');
  expect([...received.matchAll(/HTTP\/1\.1 200 /g)].length).toBeLessThan(REQUESTS);
});
