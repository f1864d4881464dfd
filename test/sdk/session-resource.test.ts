// `resource` of a session: which service its access tokens are for (RFC 8707).
import { expect, test } from 'vitest';
import { createSession, type SessionOptions } from '../../sdk/src/session.ts';
import { createStorage } from './browser.ts';

const ISSUER = 'https://id.example';

const tokens = {
  access_token: 'a',
  token_type: 'Bearer',
  expires_in: 300,
  refresh_after: 0,
  refresh_token: 'lkr_1',
  refresh_expires_in: 1000,
  scope: '',
  session_id: '1',
};

/** A session that has signed up, signed in and refreshed; what it has sent for that. */
async function bodiesOf(options: Partial<SessionOptions>): Promise<Record<string, unknown>[]> {
  const bodies: Record<string, unknown>[] = [];
  const fetch = async (url: unknown, init?: RequestInit) => {
    if (String(url).endsWith('/logout')) return new Response(null, { status: 204 });
    bodies.push({ path: new URL(String(url)).pathname, ...JSON.parse(String(init?.body)) });
    return Response.json(String(url).endsWith('/signup') ? { user: {}, tokens } : tokens);
  };
  const world = { storage: createStorage(), locks: null, isVisible: () => false };
  const session = createSession({ issuer: ISSUER, fetch, ...world, ...options });
  await session.signUp({ email: 'ada@example.com', password: 'p' });
  await session.signIn({ username: 'ada@example.com', password: 'p' });
  await session.accessToken();
  session.close();
  return bodies;
}

test('resource: sent at sign-up, sign-in and refresh', async () => {
  const bodies = await bodiesOf({ resource: ISSUER });
  expect(bodies.map(({ path, grant_type, resource }) => [path, grant_type, resource])).toEqual([
    ['/signup', undefined, ISSUER],
    ['/token', 'password', ISSUER],
    ['/token', 'refresh_token', ISSUER],
  ]);
});

test('resource: not sent unless it is asked for', async () => {
  const bodies = await bodiesOf({});
  expect(bodies).toHaveLength(3);
  for (const body of bodies) expect(body).not.toHaveProperty('resource');
});
