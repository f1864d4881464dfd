// test/harness/tunnel.ts: a way to a server that can go dead without a word, as a network does.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Tunnel {
  readonly port: number;
  /** From here on nothing passes in either direction, and nobody is told. New connections are made, and stay silent. */
  swallow(): void;
  /** New connections pass again. Those that were swallowed stay dead: what they lost cannot be repaired. */
  pass(): void;
}

/** Closed when the test is over. */
export async function openTunnel(toPort: number): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  let dead = false;
  const server = createServer((near) => {
    const far = dead ? null : connect(toPort, '127.0.0.1');
    for (const socket of far ? [near, far] : [near]) keep(socket);
    if (far) near.pipe(far).pipe(near);
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  }

  function swallow(): void {
    dead = true;
    for (const socket of sockets) socket.unpipe().on('data', () => {});
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return {
    port: address.port,
    swallow,
    pass: () => {
      dead = false;
    },
  };
}
