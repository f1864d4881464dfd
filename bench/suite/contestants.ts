// bench/suite/contestants.ts: everybody that is measured, and how each of them is started.
import { join } from 'node:path';
import type { Environment } from '../pinned-service.ts';
import { laneSize, settings } from '../settings.ts';
import { makePeople, moveIn, registerBackend } from '../town.ts';
import type { DialectName } from './drives/dialects.ts';
import { LATCHKEY, type ServerProcess, startServer } from './server-process.ts';

/** Imported before it starts. */
export const PEOPLE = 1000;

export interface Place {
  /** Of its own, and empty. */
  readonly folder: string;
  /** As taskset has it. */
  readonly cores: string;
  /** Gives a new database of that name. */
  readonly postgres: (name: string) => Promise<string>;
}

export interface Running extends ServerProcess {
  readonly facts: Readonly<Record<string, string>>;
}

export interface Contestant {
  readonly name: string;
  readonly dialect: DialectName | 'hashes';
  readonly start: (place: Place) => Promise<Running>;
  /** A path that is answered with 200 as soon as it serves. */
  readonly ready: string;
}

type DatabaseUrl = (place: Place) => Promise<string> | string;

function latchkey(name: string, databaseUrl: DatabaseUrl): Contestant {
  return {
    name,
    dialect: 'latchkey',
    ready: '/readyz',
    async start(place) {
      const env = await latchkeyEnvironment(place.folder, await databaseUrl(place));
      await moveIn(makePeople(PEOPLE), env, place.folder);
      // It registers more of its kind, where one alone may not ask so often.
      const authorization = await registerBackend(env, ['clients:write']);
      const [client_id = '', client_secret = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64')
        .toString()
        .split(':');
      const server = await startServer({ file: LATCHKEY, env, cores: place.cores });
      return { ...server, facts: { people: String(PEOPLE), client_id, client_secret } };
    },
  };
}

/** Access tokens live for as long as a run may take; nothing else is changed. */
export function latchkeyEnvironment(folder: string, databaseUrl: string): Environment {
  return { ...settings(folder), DATABASE_URL: databaseUrl, ACCESS_TOKEN_TTL: '1h' };
}

export const sqliteUrl = (folder: string) => `sqlite:${join(folder, 'latchkey.db')}`;

interface Peer {
  readonly name: string;
  readonly file: string;
  readonly dialect: Contestant['dialect'];
  readonly ready: string;
  readonly databaseUrl?: DatabaseUrl;
  /** Hashes at once. */
  readonly atOnce?: number;
}

function peer({ name, file, dialect, ready, databaseUrl = () => '', atOnce = 1 }: Peer): Contestant {
  return {
    name,
    dialect,
    ready,
    async start(place) {
      const env = peerEnvironment(place.folder, await databaseUrl(place));
      const server = await startServer({ file: `bench/servers/${file}`, env, cores: place.cores });
      return { ...server, facts: { atOnce: String(atOnce) } };
    },
  };
}

export function peerEnvironment(folder: string, databaseUrl = ''): Environment {
  const { PATH, UV_THREADPOOL_SIZE } = process.env;
  const NODE_COMPILE_CACHE = join(folder, 'compiled'); // as Latchkey has one
  return {
    PATH,
    UV_THREADPOOL_SIZE,
    NODE_COMPILE_CACHE,
    NODE_ENV: 'production',
    FOLDER: folder,
    DATABASE_URL: databaseUrl,
  };
}

const oidc = { file: 'oidc.ts', dialect: 'oidc', ready: '/jwks' } as const;

const floor = { file: 'floor.ts', dialect: 'latchkey', ready: '/.well-known/jwks.json' } as const;

const hashes = { file: 'hashes.ts', dialect: 'hashes', ready: '/?seconds=0' } as const;

const all = [
  latchkey('latchkey', ({ folder }) => sqliteUrl(folder)),
  latchkey('latchkey-postgres', ({ postgres }) => postgres('latchkey')),
  peer({ ...hashes, name: 'hashes', atOnce: 8 }),
  peer({ ...hashes, name: 'hashes-lane', atOnce: laneSize().concurrency }),
  peer({ ...floor, name: 'floor' }),
  peer({ ...floor, name: 'floor-postgres', databaseUrl: ({ postgres }) => postgres('floor') }),
  peer({ name: 'koa', file: 'koa.ts', dialect: 'koa', ready: '/' }),
  peer({ ...oidc, name: 'oidc-memory' }),
  peer({ ...oidc, name: 'oidc-sqlite', databaseUrl: () => 'sqlite' }),
  peer({ ...oidc, name: 'oidc-postgres', databaseUrl: ({ postgres }) => postgres('oidc') }),
  peer({ name: 'better-auth', file: 'better-auth.ts', dialect: 'better-auth', ready: '/api/auth/ok' }),
];

export function contestant(name: string): Contestant {
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`Nobody is called ${name}.`);
  return found;
}
