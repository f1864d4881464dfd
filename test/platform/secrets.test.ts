import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createSecretRing, type DerivedKey, digest, loadOrCreateSecret } from '../../src/platform/secrets.ts';
import { newFolder } from '../harness/folder.ts';

const NEW = 'the new secret of this deployment';
const OLD = 'the old secret of this deployment';

/** Two key objects look the same whatever is in them. */
function told(derived: DerivedKey | undefined) {
  return derived && { id: derived.id, key: derived.key.export().toString('hex') };
}

test('secret ring: a key has 256 bits and is the same every time', () => {
  const { newest } = createSecretRing([NEW]).keysFor('refresh tokens');
  expect(newest.key.symmetricKeySize).toBe(32);
  expect(told(createSecretRing([NEW]).keysFor('refresh tokens').newest)).toEqual(told(newest));
});

test('secret ring: a key differs from those of other purposes and other secrets', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (secret, otherSecret, purpose, otherPurpose) => {
      fc.pre(secret !== otherSecret && purpose !== otherPurpose);
      const key = (from: string, of: string) =>
        createSecretRing([from]).keysFor(of).newest.key.export().toString('hex');
      const keys = [
        key(secret, purpose),
        key(secret, otherPurpose),
        key(otherSecret, purpose),
        key(otherSecret, otherPurpose),
      ];
      expect(new Set(keys).size).toBe(4);
    }),
  );
});

test('secret ring: derivation is fixed, because what was sealed last year must open', () => {
  const { newest } = createSecretRing([NEW]).keysFor('refresh tokens');
  // HKDF-SHA-256 without salt, info "latchkey: <purpose>", computed by another implementation
  expect(told(newest)).toEqual({
    id: '8d0066ab',
    key: '979ecfaed1012cd7dde2f08ba163ee7aa76dff85bd38f19c7e7961894dc5a9d7',
  });
});

test('secret ring: the first secret makes, all of them open', () => {
  const ring = createSecretRing([NEW, OLD]).keysFor('refresh tokens');
  const before = createSecretRing([OLD]).keysFor('refresh tokens').newest;
  expect(told(ring.newest)).toEqual(told(createSecretRing([NEW]).keysFor('refresh tokens').newest));
  expect(told(ring.find(ring.newest.id))).toEqual(told(ring.newest));
  expect(told(ring.find(before.id))).toEqual(told(before));
  expect(createSecretRing([NEW]).keysFor('refresh tokens').find(before.id)).toBeUndefined();
});

test('secret ring: an id names the secret, not the key, and gives away neither', () => {
  const ring = createSecretRing([NEW]);
  const { id, key } = ring.keysFor('refresh tokens').newest;
  expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(ring.keysFor('signing keys at rest').newest.id).toBe(id);
  expect(createSecretRing([OLD]).keysFor('refresh tokens').newest.id).not.toBe(id);
  expect(key.export().toString('hex')).not.toContain(id);
});

test('secret ring: twice the same secret is refused', () => {
  expect(() => createSecretRing([NEW, OLD, NEW])).toThrow('A secret is in the ring twice.');
});

test('secret ring: an empty one gives no keys', () => {
  expect(() => createSecretRing([]).keysFor('refresh tokens')).toThrow('The ring of secrets is empty.');
});

test('digest: SHA-256 in hex', () => {
  expect(digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('secret file: made once, for its owner alone, and read from then on', () => {
  const path = join(newFolder(), 'data', 'latchkey.secret');
  const secret = loadOrCreateSecret(path);
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(loadOrCreateSecret(path)).toBe(secret);
  expect(readFileSync(path, 'utf8').trim()).toBe(secret);
});

test('secret file: two machines have two secrets', () => {
  const folder = newFolder();
  expect(loadOrCreateSecret(join(folder, 'one'))).not.toBe(loadOrCreateSecret(join(folder, 'other')));
});

test('secret file: one that an editor left a line break in is still the same secret', () => {
  const path = join(newFolder(), 'latchkey.secret');
  const secret = loadOrCreateSecret(path);
  writeFileSync(path, `${secret}\n`);
  expect(loadOrCreateSecret(path)).toBe(secret);
});

test('secret file: an empty one is no secret that everybody knows', () => {
  const path = join(newFolder(), 'latchkey.secret');
  writeFileSync(path, '');
  expect(() => loadOrCreateSecret(path)).toThrow();
});

test('secret file: trouble with the disk is not taken for a file that exists', () => {
  const folder = newFolder();
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  expect(() => loadOrCreateSecret(join(file, 'latchkey.secret'))).toThrow(/ENOTDIR|EEXIST/);
});

/** Starts at the same instant as the others, over and over: a new file each time. */
const starter = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { module, folder, rounds, workers, shared } = workerData;
  const arrived = new Int32Array(shared);
  import(module).then(({ loadOrCreateSecret }) => {
    const secrets = [];
    for (let round = 0; round < rounds; round += 1) {
      Atomics.add(arrived, round, 1);
      while (Atomics.load(arrived, round) < workers);
      secrets.push(loadOrCreateSecret(folder + '/' + round));
    }
    parentPort.postMessage(secrets);
  });
`;

test('secret file: instances that start at the same instant agree', async () => {
  const folder = newFolder();
  const rounds = 300;
  const workers = 2;
  const module = new URL('../../src/platform/secrets.ts', import.meta.url).href;
  const shared = new SharedArrayBuffer(rounds * Int32Array.BYTES_PER_ELEMENT);
  const start = async () => {
    const worker = new Worker(starter, { eval: true, workerData: { module, folder, rounds, workers, shared } });
    onTestFinished(async () => void (await worker.terminate()));
    const said = await new Promise<unknown>((resolve, reject) => worker.on('message', resolve).on('error', reject));
    return z.array(z.string()).parse(said);
  };
  const [one, other] = await Promise.all([start(), start()]);
  const wrong = one.filter((secret, round) => secret !== other[round] || secret.length !== 43);
  expect(wrong).toEqual([]);
  expect(readdirSync(folder)).toHaveLength(rounds);
});
