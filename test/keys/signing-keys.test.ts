import { calculateJwkThumbprint, jwtVerify, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/database.ts';
import { SigningKey, type SigningKeyRow, signingAlgorithms } from '../../src/keys/signing-key.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createSecretRing } from '../../src/platform/secrets.ts';
import { createClock } from '../harness/clock.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { keysOf } from './keys-of.ts';

const SECRET = 'the secret that the first instance has';
const NEXT = 'the secret that comes after the first';

/** A deployment: one database, on which instances start one after the other. */
async function createDeployment(algorithm: (typeof signingAlgorithms)[number] = 'ES256') {
  const url = await newDurableDatabase();
  const clock = createClock();

  async function build(...secrets: string[]) {
    const database = await openDatabase(url, createLogger('silent'));
    onTestFinished(() => database.close());
    const sealingKeys = createSecretRing(secrets).keysFor('signing keys at rest');
    const keys = keysOf(database, { now: clock.now, sealingKeys, algorithm });
    const start = () => database.prepare(() => keys.prepare());
    const rows = () => database.em.fork().findAll(SigningKey);
    const change = (key: { kid: string }, values: Partial<SigningKeyRow>) =>
      database.em.fork().nativeUpdate(SigningKey, { kid: key.kid }, values);
    return { keys, database, start, rows, change };
  }

  async function start(...secrets: string[]) {
    const instance = await build(...(secrets.length > 0 ? secrets : [SECRET]));
    await instance.start();
    return instance;
  }

  return { build, start, clock };
}

test('signing keys: the first start makes one, the next ones load it', async () => {
  const { start } = await createDeployment();
  const first = await start();
  const second = await start();
  expect(second.keys.signer().kid).toBe(first.keys.signer().kid);
  expect(second.keys.published().etag).toBe(first.keys.published().etag);
  expect(await second.rows()).toHaveLength(1);
});

test('signing keys: a token from before a restart is good after it', async () => {
  const databaseUrl = await newDurableDatabase();
  const env = { ISSUER: 'https://id.example' };
  const before = await startService({ databaseUrl, env });
  const { tokens } = await before.api.signUp();
  const published = await before.api.get('/.well-known/jwks.json');
  await before.stop();

  const { api } = await startService({ databaseUrl, env, clock: before.clock });
  expect((await api.get('/.well-known/jwks.json')).body).toEqual(published.body);
  expect(await api.me(tokens.access_token)).toMatchObject({ email: 'user1@example.com' });
});

test('signing keys: there is nothing to sign or verify with before they are loaded', async () => {
  const { build } = await createDeployment();
  const { keys, start } = await build(SECRET);
  expect(keys.isReady()).toBe(false);
  expect(() => keys.signer()).toThrow('The signing keys are not loaded yet.');
  expect(() => keys.published()).toThrow('The signing keys are not loaded yet.');
  await start();
  expect(keys.isReady()).toBe(true);
});

test.each(signingAlgorithms)('signing keys: what %s signs, the published set verifies', async (algorithm) => {
  const { start } = await createDeployment(algorithm);
  await start(); // the next instance has to read what this one wrote
  const { keys } = await start();
  const { kid, privateKey, ...signer } = keys.signer();
  const { resolve, algorithms } = keys.published();
  const token = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: algorithm, kid }).sign(privateKey);
  expect((await jwtVerify(token, resolve, { algorithms: [...algorithms] })).payload).toEqual({ sub: 'ann' });
  expect([signer.algorithm, algorithms]).toEqual([algorithm, [algorithm]]);
  expect(privateKey.type).toBe('private');
});

test.each([
  ['ES256', { kty: 'EC', crv: 'P-256' }, ['x', 'y']],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519' }, ['x']],
  ['RS256', { kty: 'RSA', e: 'AQAB' }, ['n']],
] as const)('signing keys: of a %s key only the public half is published', async (algorithm, fixed, numbers) => {
  const { start } = await createDeployment(algorithm);
  const { keys } = await start();
  const [jwk, ...more] = keys.published().jwks.keys;
  const values = Object.fromEntries(numbers.map((name) => [name, expect.any(String)]));
  expect(jwk).toEqual({ ...fixed, ...values, alg: algorithm, use: 'sig', kid: keys.signer().kid });
  expect(more).toEqual([]);
});

test('signing keys: an RSA key has 3072 bits', async () => {
  const { start } = await createDeployment('RS256');
  const [jwk] = (await start()).keys.published().jwks.keys;
  expect(Buffer.from(jwk?.n ?? '', 'base64url')).toHaveLength(3072 / 8);
});

test('signing keys: a key is named by its thumbprint, so that no two are called the same', async () => {
  const [one, other] = [await createDeployment(), await createDeployment()];
  const { keys } = await one.start();
  const [jwk] = keys.published().jwks.keys;
  expect(keys.signer().kid).toBe(await calculateJwkThumbprint(jwk ?? {}));
  expect((await other.start()).keys.signer().kid).not.toBe(keys.signer().kid);
});

test('signing keys: a retired key is published and signs nothing', async () => {
  const { start, clock } = await createDeployment();
  const first = await start();
  const old = first.keys.signer();
  await first.change(old, { retiredAt: clock.now() });
  clock.advance({ seconds: 1 });
  const { keys } = await start();
  const kids = keys.published().jwks.keys.map(({ kid }) => kid);
  expect(kids).toEqual([keys.signer().kid, old.kid]);
  expect(new Set(kids).size).toBe(2);
  expect(keys.published().etag).not.toBe(first.keys.published().etag);
});

test('signing keys: a revoked key is gone, even if no secret opens it any more', async () => {
  const { start, clock } = await createDeployment();
  const first = await start(SECRET);
  const old = first.keys.signer();
  await first.change(old, { revokedAt: clock.now() });
  const { keys } = await start(NEXT);
  expect(keys.published().jwks.keys.map(({ kid }) => kid)).toEqual([keys.signer().kid]);
  expect(keys.signer().kid).not.toBe(old.kid);
});

test('signing keys: a pending key is published and does not sign yet', async () => {
  const { start, clock } = await createDeployment();
  const first = await start();
  const active = first.keys.signer();
  const [row] = await (await (await createDeployment()).start()).rows();
  if (!row) throw new Error('There is no key.');
  clock.advance({ seconds: 1 });
  await first.database.em.fork().insert(SigningKey, { ...row, activatedAt: null, createdAt: clock.now() });
  const { keys } = await start();
  expect(keys.published().jwks.keys.map(({ kid }) => kid)).toEqual([row.kid, active.kid]);
  expect(keys.signer().kid).toBe(active.kid);
});

test('signing keys: the entity tag is a strong one', async () => {
  const { start } = await createDeployment();
  expect((await start()).keys.published().etag).toMatch(/^"[\w-]{43}"$/);
});
