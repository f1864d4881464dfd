// What our own endpoints make of tokens that we never issued.
import { describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../harness/service.ts';
import { elsewhere, foreign, misspelled, misused, openForge, sign, twinOf } from './forgeries.ts';

async function startWithForge() {
  const service = await startService();
  return { ...service, forge: await openForge(service) };
}

async function statusOf({ api }: Pick<RunningService, 'api'>, token: string): Promise<number> {
  const { status, headers } = await api.get('/me', token);
  if (status !== 200) expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
  return status;
}

test('access token: what is forged here is accepted if nothing about it is wrong', async () => {
  const { forge, ...world } = await startWithForge();
  expect(await statusOf(world, await sign(forge))).toBe(200);
  const header = { ...forge.header, typ: 'application/at+jwt' };
  expect(await statusOf(world, await sign({ ...forge, header }))).toBe(200);
  expect(await statusOf(world, twinOf(forge.token))).toBe(200);
});

describe('access token: our own signature does not help', () => {
  test.each([...misused, ...elsewhere])('%s', async (_, make) => {
    const { forge, ...world } = await startWithForge();
    expect(await statusOf(world, await make(forge))).toBe(401);
  });

  test('the issuer among other audiences', async () => {
    const { forge, ...world } = await startWithForge();
    const { issuer } = world.config;
    const withAudience = (...aud: string[]) => sign({ ...forge, claims: { ...forge.claims, aud } });
    expect(await statusOf(world, await withAudience(issuer))).toBe(200);
    expect(await statusOf(world, await withAudience('https://other.example', issuer))).toBe(401);
    expect(await statusOf(world, await withAudience(issuer, 'https://other.example'))).toBe(401);
  });

  test("another user's name on a session", async () => {
    const { forge, ...world } = await startWithForge();
    const { user } = await world.api.signUp();
    const token = await sign({ ...forge, claims: { ...forge.claims, sub: user.id } });
    expect(await statusOf(world, token)).toBe(401);
  });
});

describe('access token: a signature of somebody else is refused', () => {
  test.each(foreign)('%s', async (_, make) => {
    const { forge, ...world } = await startWithForge();
    expect(await statusOf(world, await make(forge))).toBe(401);
  });
});

describe('access token: there is one way to write it', () => {
  test.each(misspelled)('%s', async (_, make) => {
    const { forge, ...world } = await startWithForge();
    // fetch takes away spaces at the ends of a header, and no header holds a line break
    const token = encodeURI(await make(forge));
    expect(await statusOf(world, token)).toBe(401);
  });
});

test.each([
  ['four parts', 'a.b.c.d'],
  ['five parts', 'a.b.c.d.e'],
  ['two parts', 'a.b'],
  ['no parts', '..'],
  ['padding', 'YQ==.YQ==.YQ=='],
])('access token: %s are no token', async (_, token) => {
  expect(await statusOf(await startService(), token)).toBe(401);
});
