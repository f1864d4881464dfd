// bench/town.ts: the people of a run, and the backend that asks about their tokens.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { argon2id, hash } from 'argon2';
import { z } from 'zod';
import { HASH_FLOOR } from '../src/environment.ts';
import type { Answer, Caller } from './caller.ts';
import type { Environment } from './pinned-service.ts';

const PASSWORD = 'correct horse battery staple';
const BACKEND = 'bench-backend';

const run = promisify(execFile);

const Secret = z.object({ client_secret: z.string() });
const Tokens = z.object({ access_token: z.string(), refresh_token: z.string() });

export interface Person {
  readonly email: string;
  /** Everybody has an address: the throttles count as they do out in the world. */
  readonly address: string;
}

export interface SignedIn extends Person {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export function makePeople(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({
    email: `person-${index}@example.com`,
    address: `10.1.${Math.floor(index / 250)}.${1 + (index % 250)}`,
  }));
}

/** One hash does for all: each check of it costs the same. */
export async function moveIn(people: readonly Person[], env: Environment, folder: string): Promise<void> {
  const { memoryKiB: memoryCost, passes: timeCost } = HASH_FLOOR;
  const password_hash = await hash(PASSWORD, { type: argon2id, memoryCost, timeCost, parallelism: 1 });
  const lines = people.map(({ email }) => JSON.stringify({ email, email_verified: true, password_hash }));
  const file = join(folder, 'people.ndjson');
  await writeFile(file, lines.join('\n'));
  await latchkey(env, ['user', 'import', file]);
}

/** What it puts into the Authorization header. */
export async function registerBackend(env: Environment, scopes: readonly string[] = []): Promise<string> {
  const all = ['tokens:introspect', ...scopes];
  const { stdout } = await latchkey(env, ['client', 'create', BACKEND, '--scope', ...all, '--json']);
  const { client_secret: secret } = Secret.parse(JSON.parse(stdout));
  return `Basic ${Buffer.from(`${BACKEND}:${secret}`).toString('base64')}`;
}

function latchkey(env: Environment, words: readonly string[]) {
  return run(process.execPath, ['src/cli.ts', ...words], { env });
}

export function signIn(call: Caller, { email, address }: Person, password = PASSWORD): Promise<Answer> {
  return call({ path: '/token', form: { grant_type: 'password', username: email, password }, from: address });
}

export function refresh(call: Caller, { refreshToken, address }: SignedIn): Promise<Answer> {
  return call({
    path: '/token',
    form: { grant_type: 'refresh_token', refresh_token: refreshToken },
    from: address,
  });
}

export function withTokens({ email, address }: Person, { body }: Answer): SignedIn {
  const { access_token: accessToken, refresh_token: refreshToken } = Tokens.parse(JSON.parse(body));
  return { email, address, accessToken, refreshToken };
}
