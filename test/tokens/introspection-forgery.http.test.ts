// What a service is told about tokens that we never issued: nothing, whether it may ask about everything or about some.
import { describe, expect, test } from 'vitest';
import { SigningKey } from '../../src/keys/signing-key.ts';
import { PASSWORD } from '../harness/api.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { asking, gateway, inactive, monitor, startAsking } from './asking.ts';
import { elsewhere, foreign, misspelled, misused, openForge, sign, twinOf } from './forgeries.ts';

async function startWithForge() {
  const service = await startAsking();
  return { ...service, forge: await openForge(service) };
}

test('introspection: what is forged here, active if nothing about it is wrong', async () => {
  const { forge, tell } = await startWithForge();
  const tokens = [await sign(forge), twinOf(forge.token), forge.token];
  const [truth] = await tell([forge.token]);
  expect(truth).toMatchObject({ active: true });
  expect(await tell(tokens)).toEqual([truth, truth, truth]);
});

describe('our own signature does not help', () => {
  test.each(misused)('introspection: %s, inactive', async (_, make) => {
    const { forge, introspect } = await startWithForge();
    const token = await make(forge);
    for (const caller of [gateway, monitor]) {
      expect(await introspect(token, caller)).toMatchObject({ status: 200, text: '{"active":false}' });
    }
  });

  test.each(elsewhere)('introspection: %s, inactive for whom it does not concern', async (_, make) => {
    const { forge, tell } = await startWithForge();
    expect(await tell([await make(forge)], gateway)).toEqual([inactive]);
  });

  test("introspection: another user's name on a session, inactive", async () => {
    const { api, forge, tell } = await startWithForge();
    const { user } = await api.signUp();
    const token = await sign({ ...forge, claims: { ...forge.claims, sub: user.id } });
    expect(await tell([token], monitor)).toEqual([inactive]);
  });
});

describe('a signature of somebody else', () => {
  test.each(foreign)('introspection: %s, inactive', async (_, make) => {
    const { forge, introspect } = await startWithForge();
    expect(await introspect(await make(forge), monitor)).toMatchObject({ status: 200, text: '{"active":false}' });
  });
});

describe('another spelling', () => {
  test.each(misspelled)('introspection: %s, inactive', async (_, make) => {
    const { forge, introspect } = await startWithForge();
    expect(await introspect(await make(forge), monitor)).toMatchObject({ status: 200, text: '{"active":false}' });
  });
});

describe('of another place and time', () => {
  test('introspection: signed by a key that was revoked, inactive after the restart', async () => {
    const databaseUrl = await newDurableDatabase();
    const env = { ISSUER: 'https://id.example' };
    const before = await startAsking({ databaseUrl, env });
    const { tokens } = await before.api.signUp();
    expect(await before.tell([tokens.access_token])).toMatchObject([{ active: true }]);
    await before.database.em.fork().nativeUpdate(SigningKey, {}, { revokedAt: before.clock.now() });
    await before.stop();
    const { clock, secrets } = before;
    const after = asking({ ...(await startService({ databaseUrl, env, clock })), secrets });
    expect(await after.tell([tokens.access_token])).toEqual([inactive]);
  });

  test('introspection: an access token of another deployment, inactive', async () => {
    const env = { ISSUER: 'https://id.example' };
    const { tell } = await startAsking({ env });
    const { api } = await startService({ env });
    const { tokens } = await api.signUp();
    expect(await tell([tokens.access_token, tokens.refresh_token], monitor)).toEqual([inactive, inactive]);
  });
});

describe('no token at all', () => {
  test.each([
    'garbage',
    '.',
    '..',
    'a.b.c',
    'a.b.c.d.e',
    'lkr_',
    `lkr_${'A'.repeat(76)}`,
    ' ',
    '\0',
    'ü',
    'null',
    '{"active":true}',
    PASSWORD,
  ])('introspection: %j, inactive', async (token) => {
    const { introspect } = await startAsking();
    const answer = await introspect(token, monitor);
    expect(answer).toMatchObject({ status: 200, text: '{"active":false}' });
  });
});
