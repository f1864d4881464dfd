// test/contract/tls.ts: the service behind a TLS terminator: strict clients speak to nothing but an https issuer.
import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { type Options, startService } from '../harness/service.ts';

export type TlsService = Awaited<ReturnType<typeof startTlsService>>;

/** The issuer is the address of the terminator, whose certificate `fetch` trusts until the test is over. */
export async function startTlsService({ env, ...options }: Options = {}) {
  const terminator = await listenWithTls();
  const issuer = `https://localhost:${portOf(terminator)}`;
  const service = await startService({ ...options, env: { ...env, ISSUER: issuer } });
  terminator.on('request', (incoming, outgoing) => forward(incoming, outgoing, service.api.baseUrl));
  return { ...service, issuer };
}

async function listenWithTls(): Promise<Server> {
  const name = [{ name: 'commonName', value: 'localhost' }];
  const { private: key, cert } = await generate(name, { keyType: 'ec', algorithm: 'sha256' });
  trust(cert);
  const server = createServer({ key, cert });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server;
}

function trust(certificate: string): void {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificate]);
  onTestFinished(() => setDefaultCACertificates(before));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
  const { method, headers, url } = incoming;
  const passedOn = request(`${target}${url}`, { method, headers });
  passedOn.on('error', (error) => outgoing.destroy(error));
  passedOn.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(passedOn);
}
