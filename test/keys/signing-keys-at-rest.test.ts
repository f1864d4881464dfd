import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/database.ts';
import { createPrivateJwkSeal } from '../../src/keys/private-jwk-seal.ts';
import { SigningKey, type SigningKeyRow } from '../../src/keys/signing-key.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createSecretRing } from '../../src/platform/secrets.ts';
import { createClock } from '../harness/clock.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { keysOf } from './keys-of.ts';

const SECRET = 'the secret that sealed the first key';
const NEXT = 'the secret that comes after the first';
const STRANGER = 'a secret that never sealed anything';

const sealingKeys = (...secrets: string[]) => createSecretRing(secrets).keysFor('signing keys at rest');

async function start(url: string, ...secrets: string[]) {
  const database = await openDatabase(url, createLogger('silent'));
  onTestFinished(() => database.close());
  const { now } = createClock();
  const keys = keysOf(database, { now, sealingKeys: sealingKeys(...secrets) });
  await database.prepare(() => keys.prepare());
  return { keys, database };
}

/** A deployment that has started once, with the row of its key. */
async function startOnce() {
  const url = await newDurableDatabase();
  const { keys, database } = await start(url, SECRET);
  const [row] = await database.em.fork().findAll(SigningKey);
  if (!row) throw new Error('There is no key.');
  const change = (values: Partial<SigningKeyRow>) => database.em.fork().nativeUpdate(SigningKey, {}, values);
  return { url, kid: keys.signer().kid, database, row, change };
}

test('keys at rest: a dump of the database holds no private key', async () => {
  const { database, row } = await startOnce();
  const dump = JSON.stringify(await database.em.execute('select * from signing_keys'));
  const { d = 'none' } = await createPrivateJwkSeal(sealingKeys(SECRET)).open(row.sealedPrivateJwk);
  expect(d).toMatch(/^[\w-]{43}$/);
  expect(dump).toContain(row.kid);
  expect(dump).not.toContain(d);
  expect(dump).not.toMatch(/\\*"d\\*"/);
});

test('keys at rest: the seal is A256GCM, and names the secret that it needs', async () => {
  const { row } = await startOnce();
  const { id } = sealingKeys(SECRET).newest;
  expect(decodeProtectedHeader(row.sealedPrivateJwk)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: id });
});

test('keys at rest: what seals refresh tokens does not open them', async () => {
  const { database } = await startService({ env: { SECRETS: SECRET } });
  const [row] = await database.em.fork().findAll(SigningKey);
  const open = (purpose: string) =>
    createPrivateJwkSeal(createSecretRing([SECRET]).keysFor(purpose)).open(row?.sealedPrivateJwk ?? '');
  expect(await open('signing keys at rest')).toMatchObject({ kty: 'EC' });
  await expect(open('refresh tokens')).rejects.toThrow();
});

test('keys at rest: two seals of one key are not alike', async () => {
  const seal = createPrivateJwkSeal(sealingKeys(SECRET));
  const jwk = { kty: 'EC', d: 'private' };
  const sealed = await seal.seal(jwk);
  expect(await seal.seal(jwk)).not.toBe(sealed);
  expect(await seal.open(sealed)).toEqual(jwk);
});

test('keys at rest: a start with a secret that opens nothing is refused in plain words', async () => {
  const { url } = await startOnce();
  await expect(start(url, STRANGER)).rejects.toThrow(
    'No secret in SECRETS opens the signing keys of this database. Was one removed too early?',
  );
});

test('keys at rest: a refused start makes no key of its own', async () => {
  const { url, database, kid } = await startOnce();
  await expect(start(url, STRANGER)).rejects.toThrow();
  expect(await database.em.fork().findAll(SigningKey, { fields: ['kid'] })).toEqual([{ kid }]);
});

test('keys at rest: an older secret in the ring still opens', async () => {
  const { url, kid } = await startOnce();
  expect((await start(url, NEXT, SECRET)).keys.signer().kid).toBe(kid);
});

test('keys at rest: the newest secret seals', async () => {
  const { database } = await start(await newDurableDatabase(), NEXT, SECRET);
  const [row] = await database.em.fork().findAll(SigningKey);
  expect(decodeProtectedHeader(row?.sealedPrivateJwk ?? '')).toMatchObject({ kid: sealingKeys(NEXT).newest.id });
});

test('keys at rest: a sealed key that was altered does not open', async () => {
  const { url, row, change } = await startOnce();
  const [header, key, nonce, text = '', tag] = row.sealedPrivateJwk.split('.');
  const altered = (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  await change({ sealedPrivateJwk: [header, key, nonce, altered, tag].join('.') });
  expect(await refusal(url)).toBeTypeOf('string');
});

/** Sound in itself: named by its thumbprint, sealed with our secret. */
async function newKey(algorithm: 'ES256' | 'RS256', modulusLength?: number) {
  const pair = await generateKeyPair(algorithm, { extractable: true, ...(modulusLength && { modulusLength }) });
  const publicJwk = await exportJWK(pair.publicKey);
  const seal = createPrivateJwkSeal(sealingKeys(SECRET));
  const sealedPrivateJwk = await seal.seal(await exportJWK(pair.privateKey));
  return { kid: await calculateJwkThumbprint(publicJwk), algorithm, publicJwk, sealedPrivateJwk };
}

/** What a refused start said; null if it was not refused. */
function refusal(url: string): Promise<string | null> {
  return start(url, SECRET).then(
    () => null,
    (error: Error) => error.message,
  );
}

test('keys at rest: a key that was put there by hand is used, if it is sound', async () => {
  const { url, change } = await startOnce();
  const key = await newKey('RS256', 3072);
  await change(key);
  expect((await start(url, SECRET)).keys.signer()).toMatchObject({ kid: key.kid, algorithm: 'RS256' });
});

test('keys at rest: a private key that is not the other half of the published one stops the start', async () => {
  const { url, change } = await startOnce();
  const { sealedPrivateJwk } = await newKey('ES256');
  await change({ sealedPrivateJwk });
  expect(await refusal(url)).toBeTypeOf('string');
});

test('keys at rest: a published key that does not go by its own name stops the start', async () => {
  const { url, change } = await startOnce();
  const { kid } = await newKey('ES256');
  await change({ kid });
  expect(await refusal(url)).toBeTypeOf('string');
});

test('keys at rest: a published key that is not the other half of the private one stops the start', async () => {
  const { url, change } = await startOnce();
  const { publicJwk } = await newKey('ES256');
  await change({ publicJwk });
  expect(await refusal(url)).toBeTypeOf('string');
});

test('keys at rest: a weak key stops the start even if it only verifies', async () => {
  const { url, database, row } = await startOnce();
  const weak = { ...(await newKey('RS256', 2048)), createdAt: row.createdAt, retiredAt: row.createdAt };
  await database.em.fork().insert(SigningKey, weak);
  expect(await refusal(url)).toBeTypeOf('string');
});

test('keys at rest: an RSA key of less than 3072 bits stops the start', async () => {
  const { url, change } = await startOnce();
  await change(await newKey('RS256', 2048));
  expect(await refusal(url)).toBeTypeOf('string');
});

test('keys at rest: a key of another kind than its algorithm stops the start', async () => {
  const { url, change } = await startOnce();
  await change({ ...(await newKey('RS256', 3072)), algorithm: 'ES256' });
  expect(await refusal(url)).toBeTypeOf('string');
});
