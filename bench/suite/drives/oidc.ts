// bench/suite/drives/oidc.ts: the same requests as oidc-provider has them.
import { expectOk, type Http } from '../http-client.ts';
import {
  AccessOnly,
  askWith,
  assertSigned,
  basic,
  bearer,
  type Dialect,
  type Drive,
  each,
  jwksDrive,
  makeAll,
  openHttp,
  rotating,
  Tokens,
} from './drive.ts';

const JWKS = '/jwks';
const BACKEND = basic('backend', 'backend-secret');

async function token(http: Http, by: number, form: Record<string, string>) {
  return Tokens.parse(JSON.parse(expectOk(await http({ path: '/token', form: { client_id: 'app', ...form }, by }))));
}

/** There are no pages to sign in on: bench/servers/oidc.ts has a grant for that. */
const signIn = (http: Http, by: number) =>
  token(http, by, { grant_type: 'urn:bench:sign-in', username: `person-${by}` });
const refresh = (http: Http, by: number, refresh_token: string) =>
  token(http, by, { grant_type: 'refresh_token', refresh_token });

async function accessTokens(http: Http, users: number): Promise<string[]> {
  const signedIn = await makeAll(users, (by) => signIn(http, by));
  return signedIn.map(({ access_token }) => access_token);
}

const introspection: Drive = async (world) => {
  const http = openHttp(world);
  return askWith(await accessTokens(http, world.users), async (presented, by) => {
    const form = { token: presented };
    const body = expectOk(await http({ path: '/token/introspection', form, headers: BACKEND, by }));
    if (!body.startsWith('{"active":true')) throw new Error(`A good token is said to be ${body}`);
  });
};

export const oidc: Dialect = {
  async refresh(world) {
    const http = openHttp(world);
    const pairs = await makeAll(world.users, (by) => signIn(http, by));
    return rotating(http, { jwks: JWKS, pairs, refresh });
  },

  async client_credentials(world) {
    const http = openHttp(world);
    const form = { grant_type: 'client_credentials', scope: 'api' };
    const ask = async (by: number) =>
      AccessOnly.parse(JSON.parse(expectOk(await http({ path: '/token', form, headers: BACKEND, by }))));
    await assertSigned(http, JWKS, (await ask(0)).access_token);
    return each(world.users, async (by) => void (await ask(by)));
  },

  async me(world) {
    const http = openHttp(world);
    return askWith(await accessTokens(http, world.users), async (presented, by) => {
      const body = expectOk(await http({ path: '/me', headers: bearer(presented), by }));
      if (!body.includes(`person-${by}@example.com`)) throw new Error(`That is somebody else: ${body}`);
    });
  },

  introspection,
  /** What a proxy would ask it. */
  'forward-auth': introspection,
  jwks: jwksDrive(JWKS),
};
