// server.ts: the listening socket, from the first connection to the last.
import type { RequestListener, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { require } from './platform/require.ts';

const { createServer }: typeof import('node:http') = require('node:http');

/** A message must be complete in time, or the connection is cut (RFC 9110 section 15.5.9). In milliseconds. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 };
/** Nothing sent and nothing taken for longer than any message may need: whoever does not read is cut too. */
const SILENCE_MS = 20_000;
/**
 * A request may be under way on a connection that looks idle, and is lost when that is cut. So draining waits for longer
 * than the documented proxies keep an idle connection: they close it, or what they have sent is answered.
 */
const LINGER_MS = 3_000;

export interface Server {
  readonly port: number;
  /** Until this is called every request is answered with 503. */
  serve(handle: RequestListener): void;
  /** Stops listening, lets running requests finish for that long, then cuts what is left; what is idle, after 3 s. */
  drain(deadlineMs: number): Promise<void>;
}

/** Rejects when the address is taken. Port 0 takes a free one. */
export async function listen(host: string, port: number): Promise<Server> {
  let handle: RequestListener = (_, response) => {
    response.writeHead(503, { 'Retry-After': '1', 'Content-Length': '0' }).end();
  };
  const running = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let draining = false;
  const server = createServer(timeouts, (request, response) => {
    running.add(response);
    if (draining) response.shouldKeepAlive = false;
    response.once('close', () => running.delete(response));
    handle(request, response);
  });
  server.setTimeout(SILENCE_MS);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const address = await new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });

  function serve(next: RequestListener): void {
    handle = next;
  }

  async function drain(deadlineMs: number): Promise<void> {
    // Not that of `Server` of node:http, which cuts what is idle at once.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    draining = true;
    for (const response of running) response.shouldKeepAlive = false; // RFC 9112 section 9.6: says so in its answer
    const cutIdle = setTimeout(() => setImmediate(closeIdle), Math.min(LINGER_MS, deadlineMs)); // what has arrived is read first
    const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await closed;
    clearTimeout(cutIdle);
    clearTimeout(cut);
    server.close(); // stops the timer that looks for slow messages
  }

  function closeIdle(): void {
    const busy = new Set([...running].map((response) => response.socket));
    for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
  }

  return { port: address.port, serve, drain };
}
