// Keys that come and go under two instances, and verifiers that know nothing of it.
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { keyState } from '../../src/keys/signing-key.ts';
import { theService } from '../../src/platform/origin.ts';
import { basic } from '../clients/credentials.ts';
import { backend } from '../harness/clients.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const MINUTE = 60;
const DAY = 86_400;
const env = { ISSUER: 'https://id.example', REMEMBERED_IDLE_TTL: '300d', REMEMBERED_TTL: '365d' };

/** Two instances of one deployment, and a service that verifies with what the second publishes, by jose's defaults. */
async function startTwo() {
  const databaseUrl = await newDurableDatabase();
  const one = await startService({ databaseUrl, env, clients: [backend] });
  const two = await startService({ databaseUrl, env, clock: one.clock });
  const jwks = createRemoteJWKSet(new URL(`${two.api.baseUrl}/.well-known/jwks.json`), { cacheMaxAge: 300_000 });
  const verify = (token: string) =>
    jwtVerify(token, jwks, { issuer: env.ISSUER, typ: 'at+jwt', currentDate: one.clock.now() });

  function pass(seconds: number): void {
    one.clock.advance({ seconds });
    vi.setSystemTime(Date.now() + seconds * 1000);
  }

  const kids = async ({ api }: typeof two) =>
    (await api.get('/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);
  return { one, two, verify, pass, kids };
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid;

/** Ninety days: by days, and by two minutes in the hours around the change. */
const quarter = [...Array(89).fill(DAY), DAY - 80 * MINUTE, ...Array(80).fill(2 * MINUTE)];

test('rotation: over a whole year no token fails, at a verifier with a warm cache and at either instance', async () => {
  const { one, two, verify, pass } = await startTwo();
  let { refresh_token } = (await one.api.signUp({ remember_me: true })).tokens;
  const kids = new Set<string | undefined>();
  for (const [n, pause] of [quarter, quarter, quarter, quarter].flat().entries()) {
    pass(pause);
    await (n % 2 === 0 ? one : two).keys.keepUp(); // the other one is late
    const tokens = await one.api.refresh(refresh_token);
    refresh_token = tokens.refresh_token;
    kids.add(kidOf(tokens.access_token));
    await verify(tokens.access_token);
    await two.api.me(tokens.access_token);
  }
  expect(kids.size).toBe(5);
}, 240_000);

describe('rotation: on command', () => {
  test('the next key is published at once, signs when every verifier has it, and the old one stays for its tokens', async () => {
    const { one, two, verify, pass, kids } = await startTwo();
    const { tokens } = await one.api.signUp({ remember_me: true });
    const next = await one.keys.rotate(theService());
    expect((await one.keys.rotate(theService())).kid).toBe(next.kid); // it is on its way already
    await two.keys.keepUp();
    expect(await kids(two)).toEqual(await kids(one));
    expect(await kids(two)).toContain(next.kid);

    pass(11 * MINUTE - 1);
    await one.keys.keepUp();
    const before = await one.api.refresh(tokens.refresh_token);
    expect(kidOf(before.access_token)).not.toBe(next.kid);

    pass(1);
    await one.keys.keepUp();
    const after = await one.api.refresh(before.refresh_token);
    expect(kidOf(after.access_token)).toBe(next.kid);
    await verify(before.access_token); // the second instance knows nothing of it yet
    await verify(after.access_token);
    await two.api.me(after.access_token);

    pass(61 * MINUTE);
    await one.keys.keepUp();
    await two.keys.keepUp();
    expect(await kids(two)).toEqual([next.kid]);
  });

  test.runIf(onPostgres)('two who ask at once get one key', async () => {
    const { one, two } = await startTwo();
    const [first, second] = await Promise.all([one.keys.rotate(theService()), two.keys.rotate(theService())]);
    expect(first.kid).toBe(second.kid);
    expect(await one.keys.list()).toHaveLength(2);
  });

  test.runIf(onPostgres)('two who find it due at once do it once', async () => {
    const { one, two, pass } = await startTwo();
    await one.keys.rotate(theService());
    pass(11 * MINUTE);
    await Promise.all([one.keys.keepUp(), two.keys.keepUp()]);
    const states = (await one.keys.list()).map((key) => keyState(key));
    expect(states.toSorted()).toEqual(['active', 'retired']);
    expect(await one.database.em.fork().count(AuditEvent, { type: 'key.activated' })).toBe(1);
  });
});

test('rotation: a key that is revoked is gone at once, with everything that it signed', async () => {
  const { one, two, kids } = await startTwo();
  const { tokens } = await one.api.signUp();
  const [bad = ''] = await kids(one);
  expect(await one.keys.revoke(bad, theService())).toBe(true);
  expect(await one.keys.revoke(bad, theService())).toBe(false);
  await two.keys.keepUp();
  for (const { api, secrets } of [one, two]) {
    expect(await kids({ ...two, api })).not.toContain(bad);
    expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    const secret = one.secrets[backend.id] ?? secrets[backend.id] ?? '';
    const asked = await api.form('/introspect', { token: tokens.access_token }, basic(backend.id, secret));
    expect(asked.body).toEqual({ active: false });
  }
  const next = await two.api.refresh(tokens.refresh_token);
  expect(await one.api.me(next.access_token)).toMatchObject({ email: 'user1@example.com' });
});

test('rotation: another algorithm comes by rotation, and nothing fails meanwhile', async () => {
  const databaseUrl = await newDurableDatabase();
  const before = await startService({ databaseUrl, env });
  const { tokens } = await before.api.signUp({ remember_me: true });
  const after = await startService({ databaseUrl, clock: before.clock, env: { ...env, SIGNING_ALG: 'Ed25519' } });
  expect((await after.keys.list()).map(({ algorithm }) => algorithm).toSorted()).toEqual(['ES256', 'Ed25519']);
  const first = await after.api.refresh(tokens.refresh_token);
  expect(decodeProtectedHeader(first.access_token).alg).toBe('ES256');
  after.clock.advance({ seconds: 11 * MINUTE });
  await after.keys.keepUp();
  const second = await after.api.refresh(first.refresh_token);
  expect(decodeProtectedHeader(second.access_token).alg).toBe('Ed25519');
  await after.api.me(second.access_token);
  const again = await startService({ databaseUrl, clock: before.clock, env: { ...env, SIGNING_ALG: 'Ed25519' } });
  expect(await again.keys.list()).toHaveLength(2);
});
