// bench/suite/drives/latchkey.ts: the wire of Latchkey, which the floor speaks too.
import { z } from 'zod';
import { expectOk, type Http } from '../http-client.ts';
import {
  AccessOnly,
  askWith,
  assertSigned,
  basic,
  bearer,
  type Dialect,
  each,
  jwksDrive,
  makeAll,
  openHttp,
  PASSWORD,
  type Pair,
  rotating,
  Tokens,
  type World,
} from './drive.ts';

const JWKS = '/.well-known/jwks.json';
const Secret = z.object({ client_secret: z.string() });

async function signIn(http: Http, by: number, person = by): Promise<Pair> {
  const form = { grant_type: 'password', username: `person-${person}@example.com`, password: PASSWORD };
  return Tokens.parse(JSON.parse(expectOk(await http({ path: '/token', form, by: person }))));
}

async function refresh(http: Http, by: number, refreshToken: string): Promise<Pair> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  return Tokens.parse(JSON.parse(expectOk(await http({ path: '/token', form, by }))));
}

async function accessTokens(http: Http, users: number): Promise<string[]> {
  const signedIn = await makeAll(users, (by) => signIn(http, by));
  return signedIn.map(({ access_token }) => access_token);
}

/** The floor knows one backend, by these. */
export const credentials = ({ facts }: Pick<World, 'facts'>) =>
  basic(facts.client_id ?? 'backend', facts.client_secret ?? 'backend-secret');

/** Latchkey limits how often one client may introspect, so that a server farm of them asks; the floor knows only one. */
async function introspectors(http: Http, world: World): Promise<Record<string, string>[]> {
  const own = credentials(world);
  if (world.facts.client_secret === undefined) return [own];
  const form = { grant_type: 'client_credentials', scope: 'clients:write' };
  const { access_token } = AccessOnly.parse(JSON.parse(expectOk(await http({ path: '/token', form, headers: own }))));
  return makeAll(16, async (index) => {
    const id = `introspector-${index}`;
    const json = { id, name: id, type: 'confidential', grants: ['client_credentials'], scopes: ['tokens:introspect'] };
    const made = await http({ path: '/admin/clients', json, headers: bearer(access_token) });
    return basic(id, Secret.parse(JSON.parse(expectOk(made, 201))).client_secret);
  });
}

export const latchkey: Dialect = {
  async 'sign-in'(world) {
    const http = openHttp(world);
    const people = Number(world.facts.people ?? 1000);
    const { access_token } = await signIn(http, 0);
    await assertSigned(http, JWKS, access_token);
    let next = 0;
    return each(world.users, async (by) => {
      next += 1;
      await signIn(http, by, next % people);
    });
  },

  async refresh(world) {
    const http = openHttp(world);
    const pairs = await makeAll(world.users, (by) => signIn(http, by));
    return rotating(http, { jwks: JWKS, pairs, refresh });
  },

  async client_credentials(world) {
    const http = openHttp(world);
    const headers = credentials(world);
    const form = { grant_type: 'client_credentials' };
    const ask = async (by: number) =>
      AccessOnly.parse(JSON.parse(expectOk(await http({ path: '/token', form, headers, by }))));
    await assertSigned(http, JWKS, (await ask(0)).access_token);
    return each(world.users, async (by) => void (await ask(by)));
  },

  async me(world) {
    const http = openHttp(world);
    return askWith(await accessTokens(http, world.users), async (token, by) => {
      const body = expectOk(await http({ path: '/me', headers: bearer(token), by }));
      if (!body.includes(`person-${by}@example.com`)) throw new Error(`That is somebody else: ${body}`);
    });
  },

  async introspection(world) {
    const http = openHttp(world);
    const backends = await introspectors(http, world);
    return askWith(await accessTokens(http, world.users), async (token, by) => {
      const headers = backends[by % backends.length];
      const body = expectOk(await http({ path: '/introspect', form: { token }, headers, by }));
      if (!body.startsWith('{"active":true')) throw new Error(`A good token is said to be ${body}`);
    });
  },

  async 'forward-auth'(world) {
    const http = openHttp(world);
    return askWith(await accessTokens(http, world.users), async (token, by) => {
      expectOk(await http({ path: '/forward-auth', headers: bearer(token), by }), 204);
    });
  },

  jwks: jwksDrive(JWKS),
};
