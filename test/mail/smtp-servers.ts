// test/mail/smtp-servers.ts: mail servers on this machine: one that does its work, and one that keeps to a script.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import type { Letter } from '../../src/platform/mailer.ts';

export const FROM = { name: 'Example, Ltd.', address: 'no-reply@id.example' };

export const letter: Letter = {
  id: '0199c0de-0000-7000-8000-000000000001',
  to: 'ann@example.com',
  subject: 'Confirm your e-mail address',
  text: 'https://id.example/verify#code=abc_DEF-123\n',
  html: '<p><a href="https://id.example/verify#code=abc_DEF-123">Confirm this address</a></p>',
};

export interface Delivery {
  /** Sender and recipients as the server took them. */
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
}

type Options = SMTPServerOptions & { readonly port?: number };

/** A real server, by default without TLS and open to all. `said` is what clients sent before any encryption. */
export async function startSmtpServer({ port = 0, onData, ...options }: Options = {}) {
  const deliveries: Delivery[] = [];
  const said: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    logger: false,
    ...options,
    onData: async (stream, session, done) => {
      if (onData) return onData(stream, session, done);
      const { mailFrom, rcptTo } = session.envelope;
      const message = await text(stream);
      deliveries.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), message });
      done();
    },
  });
  server.on('error', () => {}); // of connections that end badly, which some are meant to
  server.server.on('connection', (socket) => {
    if (!options.secure) socket.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  });
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const lines = () => said.join('').split('\r\n');
  return { deliveries, lines, ...addressOf(listening) };
}

export type Step = 'connect' | 'EHLO' | 'HELO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'message';

/** Says nothing more, or hangs up without a word. */
type Answer = string | 'silence' | 'hang up';

const friendly: Readonly<Record<string, Answer>> = {
  connect: '220 mail.example',
  EHLO: '250 mail.example',
  MAIL: '250 fine',
  RCPT: '250 fine',
  DATA: '354 go on',
  message: '250 taken',
  QUIT: '221 bye',
};

/** Answers as it is told to, each step once in a connection, and otherwise as a friendly server would. */
export async function startScriptedServer(script: Partial<Record<Step, Answer>> = {}) {
  const sockets = new Set<Socket>();
  const reached = new Map<string, PromiseWithResolvers<void>>();
  const answers: Readonly<Record<string, Answer | undefined>> = { ...friendly, ...script };
  const at = (step: string) => {
    const known = reached.get(step) ?? Promise.withResolvers<void>();
    reached.set(step, known);
    return known;
  };

  function act(socket: Socket, step: string): void {
    const answer = answers[step] ?? '500 what?';
    at(step).resolve();
    if (answer === 'hang up') socket.destroy();
    else if (answer !== 'silence') socket.write(`${answer}\r\n`);
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    listenTo(socket, (step) => act(socket, step), answers.message === 'hang up');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(close);

  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Resolves when some client has got as far as that. */
  const untilReached = (step: Step) => at(step).promise;
  return { untilReached, close, connections: () => sockets.size, ...addressOf(server) };
}

/** Tells the steps of a conversation. With `early`, a message counts from its first bytes. */
function listenTo(socket: Socket, onStep: (step: string) => void, early: boolean): void {
  let received = '';
  let inMessage = false;
  onStep('connect');
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
    for (;;) {
      const end = inMessage ? endOfMessage(received, early) : received.indexOf('\r\n') + 2;
      if (end < 2) return;
      const [word = ''] = received.slice(0, end).trim().toUpperCase().split(/[ :]/);
      received = received.slice(end);
      onStep(inMessage ? 'message' : word);
      inMessage = !inMessage && word === 'DATA';
    }
  });
}

function endOfMessage(received: string, early: boolean): number {
  if (early && received !== '') return Math.max(2, received.length);
  return received.indexOf('\r\n.\r\n') + 5 >= 5 ? received.indexOf('\r\n.\r\n') + 5 : -1;
}

/** Where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = addressOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function addressOf(server: Server) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return { port: address.port, url: `smtp://127.0.0.1:${address.port}` };
}
