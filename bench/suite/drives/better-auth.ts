// bench/suite/drives/better-auth.ts: the nearest that better-auth has. Its "refresh" is a JWT for a session that stays as it is.
import { z } from 'zod';
import { expectOk, type Http } from '../http-client.ts';
import { askWith, assertSigned, bearer, type Dialect, each, jwksDrive, makeAll, openHttp, PASSWORD } from './drive.ts';

const JWKS = '/api/auth/jwks';
const Jwt = z.object({ token: z.string() });

const emailOf = (by: number) => `person-${by}@example.com`;

async function signUpAll(http: Http, users: number): Promise<void> {
  await makeAll(users, async (by) => {
    const json = { email: emailOf(by), name: `person ${by}`, password: PASSWORD };
    expectOk(await http({ path: '/api/auth/sign-up/email', json, by }));
  });
}

/** What the bearer plugin gives to those that keep no cookies. */
async function signIn(http: Http, by: number): Promise<string> {
  const json = { email: emailOf(by), password: PASSWORD };
  const reply = await http({ path: '/api/auth/sign-in/email', json, by });
  expectOk(reply);
  return z.string().parse(reply.headers['set-auth-token']);
}

async function sessions(http: Http, users: number): Promise<string[]> {
  await signUpAll(http, users);
  return makeAll(users, (by) => signIn(http, by));
}

export const betterAuth: Dialect = {
  async 'sign-in'(world) {
    const http = openHttp(world);
    await signUpAll(http, world.users);
    return each(world.users, async (by) => void (await signIn(http, by)));
  },

  async refresh(world) {
    const http = openHttp(world);
    const tokens = await sessions(http, world.users);
    const ask = async (token: string, by: number) =>
      Jwt.parse(JSON.parse(expectOk(await http({ path: '/api/auth/token', headers: bearer(token), by })))).token;
    await assertSigned(http, JWKS, await ask(tokens[0] ?? '', 0));
    return askWith(tokens, async (token, by) => void (await ask(token, by)));
  },

  async me(world) {
    const http = openHttp(world);
    return askWith(await sessions(http, world.users), async (token, by) => {
      const body = expectOk(await http({ path: '/api/auth/get-session', headers: bearer(token), by }));
      if (!body.includes(emailOf(by))) throw new Error(`That is somebody else: ${body}`);
    });
  },

  jwks: async (world) => {
    const http = openHttp(world);
    // Its key is made when somebody needs it.
    const [token = ''] = await sessions(http, 1);
    expectOk(await http({ path: '/api/auth/token', headers: bearer(token) }));
    return jwksDrive(JWKS)(world);
  },
};
