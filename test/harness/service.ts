// test/harness/service.ts: a whole service in a few milliseconds: its own database, its own clock, a real socket.
import { inject, onTestFinished } from 'vitest';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { parseConfig } from '../../src/config.ts';
import type { Disk } from '../../src/platform/file-sync.ts';
import type { Limiter } from '../../src/platform/limiter.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { Letter, Mailer } from '../../src/platform/mailer.ts';
import { Role } from '../../src/roles/role.ts';
import { listen } from '../../src/server.ts';
import { createService, type Service } from '../../src/service.ts';
import { DEFAULT_ROLE } from '../../src/users/users.ts';
import { createApi } from './api.ts';
import { createCanaries } from './canaries.ts';
import { createClock, type MovableClock } from './clock.ts';
import { createContractCheck } from './contract-check.ts';
import { newFolder } from './folder.ts';
import { borrowDatabase, returnDatabase } from './postgres-databases.ts';

export interface Options {
  /** Receives the letters; by default they are kept, and found in `letters`. `smtp`: they go to the SMTP_URL of `env`. */
  readonly mailer?: Mailer | 'smtp';
  readonly env?: Record<string, string>;
  readonly clock?: MovableClock;
  /** Registered when the service has started; everybody's role gives their scopes. */
  readonly clients?: readonly ClientRegistration[];
  readonly limiter?: Limiter;
  /** Of SQLite. */
  readonly disk?: Disk;
  /** A database to share with another service. */
  readonly databaseUrl?: string;
  /** Receives every line of the log, which is complete. */
  readonly onLog?: (line: string) => void;
}

export type RunningService = Awaited<ReturnType<typeof startService>>;

/** Hashing as cheap as argon2 allows: its cost is tested where it is the subject. */
const cheapHashes = { PASSWORD_HASH_MEMORY: '1MiB', PASSWORD_HASH_PASSES: '2' };

/** Lives until the test is over. */
export async function startService(options: Options = {}) {
  const { clock = createClock(), databaseUrl = await newDatabase(), clients = [], limiter, disk, onLog } = options;
  const server = await listen('127.0.0.1', 0);
  const config = parseConfig({
    DATABASE_URL: databaseUrl,
    SECRETS: 'a secret that only the tests may know',
    PORT: String(server.port),
    RATE_LIMITS: 'off', // tests ask more often than people do; what is limited is tested where it is the subject
    ...cheapHashes,
    ...options.env,
  });
  const letters: Letter[] = [];
  const keep: Mailer = async (letter) => void letters.push(letter);
  const { mailer = keep } = options;
  const printsLetters = mailer === 'smtp' && config.mail.smtpUrl === null;
  const canaries = createCanaries({ ...config, printsLetters });
  const write = (line: string) => {
    canaries.read(line);
    onLog?.(line);
  };
  const service = await createService(config, {
    now: clock.now,
    log: createLogger('trace', { write }),
    ...(mailer !== 'smtp' && { mailer: canaries.reading(mailer) }),
    ...(limiter && { limiter }),
    ...(disk && { disk }),
  });
  await service.start();
  const secrets = await register(service, clients);
  server.serve(canaries.listening(service.handle));

  /** Rejects when a secret has got somewhere. */
  async function stop(): Promise<void> {
    await server.drain(0);
    await canaries.assertNowhere({ ...service, databaseUrl }).finally(service.close);
  }
  onTestFinished(stop);

  const api = createApi(`http://127.0.0.1:${server.port}`, createContractCheck(service.endpoints, config.issuer));
  return { ...service, api, canaries, clock, config, databaseUrl, letters, secrets, stop };
}

/** The secrets of the confidential ones, by their identifiers. */
async function register({ clients, database }: Service, registrations: readonly ClientRegistration[]) {
  const secrets: Record<string, string> = {};
  if (registrations.length === 0) return secrets;
  const em = database.em.fork();
  for (const registration of registrations) {
    const secret = await clients.register(em, registration);
    if (secret !== null) secrets[registration.id] = secret;
  }
  const scopes = [...new Set(registrations.flatMap((registration) => registration.scopes))];
  const at = new Date();
  await em.upsert(Role, { name: DEFAULT_ROLE, description: 'Everybody', scopes, createdAt: at, updatedAt: at });
  return secrets;
}

/** For tests that need what only a server can do: several instances on one database. */
export const onPostgres = inject('postgresUrl') !== null;

/** An empty database that several services, or a service before and after a restart, can open. */
export async function newDurableDatabase(): Promise<string> {
  if (onPostgres) return newDatabase();
  return `sqlite:${newFolder()}/latchkey.db`;
}

/** An empty database of the kind that this half of the suite runs on; gone or emptied when the test is over. */
export async function newDatabase(): Promise<string> {
  const serverUrl = inject('postgresUrl');
  if (serverUrl === null) return 'sqlite::memory:';
  const name = await borrowDatabase(serverUrl);
  onTestFinished(() => returnDatabase(serverUrl, name));
  return `${serverUrl}/${name}`;
}
