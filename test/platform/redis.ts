// test/platform/redis.ts: a Redis of the test's own, where there is one to start.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { redis } from '../harness/tools.ts';

/** Keeps nothing on disk. `stop` ends it at once; `start` begins anew on the same port. */
export async function openRedisServer() {
  const port = await freePort();
  let server = await start(port);
  onTestFinished(() => void server.kill('SIGKILL'));
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
    async start() {
      server = await start(port);
    },
  };
}

async function start(port: number) {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const server = spawn(redis.find() ?? 'redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout) {
    if (String(chunk).includes('eady to accept connections')) break;
  }
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
