// bench/suite/drives/drive.ts: what a virtual user does, and what is looked at before anything is measured.
import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { createHttp, expectOk, type Http } from '../http-client.ts';

export interface World {
  readonly url: string;
  /** Virtual users: each sends as soon as it is answered. */
  readonly users: number;
  /** What the contestant alone knows: accounts, secrets. */
  readonly facts: Readonly<Record<string, string>>;
}

/** One request. Throws when the answer is not a good one. */
export type Send = () => Promise<void>;
/** Prepares a world and gives one `Send` for each virtual user. */
export type Drive = (world: World) => Promise<Send[]>;

export type ScenarioName =
  | 'sign-in'
  | 'refresh'
  | 'client_credentials'
  | 'me'
  | 'introspection'
  | 'forward-auth'
  | 'jwks';

export type Dialect = Partial<Record<ScenarioName, Drive>>;

export const PASSWORD = 'correct horse battery staple';

export const Tokens = z.object({ access_token: z.string(), refresh_token: z.string() });
export type Pair = z.infer<typeof Tokens>;
export const AccessOnly = z.object({ access_token: z.string() });

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

export const openHttp = ({ url, users }: World): Http => createHttp(url, users);

/** `count` things that are made by calls, a few at a time. */
export async function makeAll<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let from = 0; from < count; from += 8) {
    const some = Array.from({ length: Math.min(8, count - from) }, (_, offset) => make(from + offset));
    made.push(...(await Promise.all(some)));
  }
  return made;
}

export function each(users: number, send: (index: number) => Promise<void>): Send[] {
  return Array.from({ length: users }, (_, index) => () => send(index));
}

/** The same work means the same signature: ES256, by a key that is published. */
export async function assertSigned(http: Http, jwksPath: string, token: string): Promise<void> {
  const { keys } = Jwks.parse(JSON.parse(expectOk(await http({ path: jwksPath }))));
  await jwtVerify(token, createLocalJWKSet({ keys }), { algorithms: ['ES256'] });
}

interface Rotation {
  /** Path of the key set. */
  readonly jwks: string;
  readonly pairs: readonly Pair[];
  readonly refresh: (http: Http, by: number, refreshToken: string) => Promise<Pair>;
}

/** Each user rotates its own token, one after the other. */
export async function rotating(http: Http, { jwks, pairs, refresh }: Rotation): Promise<Send[]> {
  const renewed = await Promise.all(pairs.map(({ refresh_token }, by) => refresh(http, by, refresh_token)));
  for (const [by, { access_token, refresh_token }] of renewed.entries()) {
    if (refresh_token === pairs[by]?.refresh_token) throw new Error('The refresh token has not been rotated.');
    await assertSigned(http, jwks, access_token);
  }
  return renewed.map((pair, by) => {
    let { refresh_token } = pair;
    return async () => {
      ({ refresh_token } = await refresh(http, by, refresh_token));
    };
  });
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

export function jwksDrive(path: string): Drive {
  return async (world) => {
    const http = openHttp(world);
    Jwks.parse(JSON.parse(expectOk(await http({ path }))));
    return each(world.users, async (by) => void expectOk(await http({ path, by })));
  };
}

/** Each user asks with its own token, again and again. */
export function askWith(tokens: readonly string[], ask: (token: string, by: number) => Promise<void>): Send[] {
  return tokens.map((token, by) => () => ask(token, by));
}
