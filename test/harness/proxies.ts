// test/harness/proxies.ts: nginx and HAProxy with the settings that we document, in front of a service of a test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { freePort } from './postgres-server.ts';
import * as tools from './tools.ts';

type Edit = readonly [documented: string, ours: string];

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly upstreamPort: number;
}

export interface ProxyKind {
  readonly name: string;
  readonly tool: tools.Tool;
  /** The file that we document. */
  readonly documented: string;
  /** What of it cannot be the same on every machine. */
  readonly edits: (place: Place) => readonly Edit[];
  /** What comes around it when nobody but the test may be disturbed. */
  readonly main: (settings: string, place: Place) => string;
  readonly flags: (configuration: string, place: Place) => readonly string[];
}

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export const nginx: ProxyKind = {
  name: 'nginx',
  tool: tools.nginx,
  documented: 'docs/proxies/nginx.conf',
  edits: ({ folder, port, upstreamPort }) => [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['127.0.0.1:3000', `127.0.0.1:${upstreamPort}`],
    ['/etc/ssl/latchkey/fullchain.pem', join(folder, 'both.pem')],
    ['/etc/ssl/latchkey/privkey.pem', join(folder, 'both.pem')],
  ],
  main: (settings, { folder }) => `
    daemon off;
    master_process off;
    pid ${join(folder, 'nginx.pid')};
    error_log stderr info;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n')}
      ${settings}
    }`,
  flags: (configuration, { folder }) => ['-e', 'stderr', '-p', folder, '-c', configuration],
};

export const haproxy: ProxyKind = {
  name: 'haproxy',
  tool: tools.haproxy,
  documented: 'docs/proxies/haproxy.cfg',
  edits: ({ folder, port, upstreamPort }) => [
    ['bind :443', `bind 127.0.0.1:${port}`],
    ['127.0.0.1:3000', `127.0.0.1:${upstreamPort}`],
    ['/etc/ssl/latchkey.pem', join(folder, 'both.pem')],
  ],
  main: (settings) => settings,
  flags: (configuration) => ['-db', '-f', configuration],
};

export interface RunningProxy {
  readonly url: string;
  /** All that it has said so far. */
  said(): string;
}

/** Each edit has to find its text: a file that has changed its words is not tested by accident without them. */
function settingsOf(kind: ProxyKind, place: Place): string {
  return kind.edits(place).reduce(
    (text, [documented, ours]) => {
      const edited = text.replaceAll(documented, ours);
      if (edited === text) throw new Error(`${kind.documented} has no ${documented}`);
      return edited;
    },
    readFileSync(kind.documented, 'utf8'),
  );
}

/** Neither needs to be root for what it does here. */
const NOBODY = 65534;

/** Stops the proxy and removes its files when the runner's end of the pipe closes, even by SIGKILL. */
const watchdog = '"$@" & proxy=$!; cat >/dev/null; kill -KILL $proxy; rm -rf "$LATCHKEY_TEST_ROOT"';

/** Lives until the test is over, and so does the trust in its certificate. */
export async function startProxy(kind: ProxyKind, upstreamPort: number): Promise<RunningProxy> {
  const binary = kind.tool.find();
  if (binary === null) throw new Error(`${kind.name} is not on this machine`);
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${kind.name}-`));
  const place = { folder, port: await freePort(), upstreamPort };
  const configuration = join(folder, 'main.conf');
  writeFileSync(configuration, kind.main(settingsOf(kind, place), place));
  writeFileSync(join(folder, 'both.pem'), await makeCertificate());
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);

  const child = spawn('sh', ['-c', watchdog, 'sh', binary, ...kind.flags(configuration, place)], {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: folder,
    env: { PATH: process.env.PATH, LATCHKEY_TEST_ROOT: folder },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let heard = '';
  child.stderr.on('data', (chunk) => {
    heard += chunk;
  });
  onTestFinished(async () => {
    child.stdin.end();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await untilListening(place.port, child, () => heard);
  return { url: `https://localhost:${place.port}`, said: () => heard };
}

const PATIENCE = { tries: 200, pauseMs: 25 };

async function untilListening(port: number, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < PATIENCE.tries && child.exitCode === null; tries += 1) {
    if (await accepts(port)) return;
    await setTimeout(PATIENCE.pauseMs);
  }
  throw new Error(`The proxy does not listen:\n${said()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectPlain(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Key and certificate in one text, which both proxies read. */
async function makeCertificate(): Promise<string> {
  const name = [{ name: 'commonName', value: 'localhost' }];
  const { private: key, cert } = await generate(name, { keyType: 'ec', algorithm: 'sha256' });
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  onTestFinished(() => setDefaultCACertificates(before));
  return `${key}\n${cert}`;
}

export interface Conversation {
  /** The address that the proxy sees. */
  readonly from?: string;
  /** Gives up after so long without a word. */
  readonly patienceMs?: number;
}

/** Everything that comes back on one connection until the proxy closes it, as text. */
export function converse({ url }: RunningProxy, message: string, options: Conversation = {}): Promise<string> {
  const { from = '127.0.0.1', patienceMs = 10_000 } = options;
  const { port } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    const to = { host: '127.0.0.1', port: Number(port), localAddress: from, rejectUnauthorized: false };
    const socket = connect(to);
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {}); // what is refused is not read to its end
    socket.on('close', () => resolve(received));
    socket.write(Buffer.from(message, 'latin1')); // a string alone would be sent as UTF-8
  });
}
