// bench/servers/serve.ts: how a server of the bench begins and ends: it says where it listens, and stops when it is told to.
import { createServer, type RequestListener } from 'node:http';
import { freePort } from '../../test/harness/postgres-server.ts';

/** What a server of the bench is run with: PORT 0 takes a free one; FOLDER is where its database goes. */
export const { FOLDER = '.', DATABASE_URL = '' } = process.env;

/** Some have to know their address before they are built. */
export const port = process.env.PORT && process.env.PORT !== '0' ? Number(process.env.PORT) : await freePort();
export const origin = `http://127.0.0.1:${port}`;

export function serve(handle: RequestListener): void {
  const server = createServer({ keepAliveTimeout: 60_000 }, handle);
  server.listen(port, '127.0.0.1', () => process.stdout.write(`listening at ${origin}\n`));
  process.once('SIGTERM', () => process.exit(0));
}
