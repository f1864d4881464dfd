// scripts/demo.ts: the example application, on a service that is gone again when it stops.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, parseConfig } from '../src/config.ts';
import { OperatorError } from '../src/errors.ts';
import { explain } from '../src/explain.ts';
import { errorCode } from '../src/platform/database-errors.ts';
import type { Letter } from '../src/platform/mailer.ts';
import { lowerHashingThreads } from '../src/platform/thread-priority.ts';
import { listen, type Server } from '../src/server.ts';
import { createService, type Service } from '../src/service.ts';

const HOST = '127.0.0.1';
const USUAL_PORT = '3000';
const PASSWORD = 'correct horse battery';
const DRAIN_DEADLINE_MS = 1_000;

const ada = {
  email: 'ada@example.com',
  email_verified: true,
  username: 'ada',
  given_name: 'Ada',
  family_name: 'Lovelace',
};

/** Where Ada is signed in already. */
const devices = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
  'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36',
];

async function main(): Promise<void> {
  const server = await findPlace();
  const config = configFor(server, makeFolder());
  const service = await createService(config, { mailer: showMail });
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
  await service.start();
  lowerHashingThreads();
  server.serve(service.handle);
  service.background.start();
  await addAda(service);
  await Promise.all(devices.map((userAgent) => signInAda(config.issuer, userAgent)));
  say(welcome(config.issuer));

  /** npm passes on what the terminal has told everybody already: the second one means no haste. */
  function onSignal(): void {
    if (isStopping) return;
    isStopping = true;
    stop().catch(giveUp);
  }

  async function stop(): Promise<void> {
    await Promise.all([server.drain(DRAIN_DEADLINE_MS), service.background.stop()]);
    await service.close();
    say('\nThe demo is over, and its database is removed.\n');
    process.exit(0);
  }
}

/** Gone again when the process ends, whatever the reason. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The usual port or another one, unless somebody wants a certain one. */
async function findPlace(): Promise<Server> {
  const { PORT } = process.env;
  const { port } = parseConfig({ PORT: PORT || USUAL_PORT });
  return listen(HOST, port).catch((error: unknown) => {
    if (!(error instanceof Error) || errorCode(error) !== 'EADDRINUSE') throw error;
    if (PORT) throw new OperatorError(`Another program has port ${port}. PORT=0 takes a free one.`);
    say(`Another program has port ${port}, so this takes a free one; PORT=3100 would take that.\n`);
    return listen(HOST, 0);
  });
}

/** Nothing of the environment: whatever is set for a real service is not meant for this one. */
function configFor({ port }: Server, folder: string): Config {
  const databaseUrl = `sqlite:${join(folder, 'latchkey.db')}`;
  return parseConfig({ HOST, PORT: String(port), DATABASE_URL: databaseUrl, DEMO: 'on', LOG_LEVEL: 'warn' });
}

async function addAda({ passwords, importUsers }: Service): Promise<void> {
  const line = JSON.stringify({ ...ada, password_hash: await passwords.hash(PASSWORD) });
  const report = await importUsers({ lines: only(line), dryRun: false, allowedRoles: [], onRefused: () => {} });
  if (report.imported !== 1) throw new Error('The sample user was refused.');
}

async function* only(line: string): AsyncGenerator<string> {
  yield line;
}

async function signInAda(issuer: string, userAgent: string): Promise<void> {
  const body = { grant_type: 'password', username: ada.email, password: PASSWORD, remember_me: true };
  const { ok } = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': userAgent },
    body: JSON.stringify(body),
  });
  if (!ok) throw new Error('The sample user was not let in.');
}

/** The inbox of everybody. */
async function showMail({ to, subject, text }: Letter): Promise<void> {
  const [first = ''] = text.split('\n');
  const [link = first] = /https?:\S+/.exec(text) ?? [];
  say(`\n  Mail to ${to}\n  ${subject}\n  ${link}\n`);
}

function welcome(issuer: string): string {
  return `
The demo is at ${issuer}/demo

  E-mail    ${ada.email}
  Password  ${PASSWORD}

Ada is signed in on two other devices. Mails are shown here. Ctrl-C ends it, and nothing stays.
`;
}

function say(text: string): void {
  process.stdout.write(text);
}

function giveUp(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

main().catch(giveUp);
