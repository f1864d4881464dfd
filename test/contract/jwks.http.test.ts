import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createPrivateJwkSeal } from '../../src/keys/private-jwk-seal.ts';
import { SigningKey, signingAlgorithms } from '../../src/keys/signing-key.ts';
import { createSecretRing } from '../../src/platform/secrets.ts';
import type { Api } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';

const PATH = '/.well-known/jwks.json';
const KeySet = z.object({ keys: z.array(z.record(z.string(), z.string())) });

/** All that a key has: what its type asks for (RFC 7518 section 6, RFC 8037 section 2), and what every one of ours has. */
const members = {
  ES256: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  RS256: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
  Ed25519: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
};

/** RFC 7638 section 3.2 and RFC 8037 section 2: the members that a thumbprint covers, in its order. */
const thumbprintMembers: Record<string, string[]> = {
  ES256: ['crv', 'kty', 'x', 'y'],
  RS256: ['e', 'kty', 'n'],
  Ed25519: ['crv', 'kty', 'x'],
};

test.each(signingAlgorithms)('jwks: a key for %s is published with its public members only', async (alg) => {
  const { api } = await startService({ env: { SIGNING_ALG: alg } });
  const keys = await publishedKeys(api);
  expect(keys).toEqual([expect.objectContaining({ alg, use: 'sig' })]);
  expect(Object.keys(keys[0] ?? {}).sort()).toEqual(members[alg]);
});

test.each(signingAlgorithms)('jwks: the kid of a key for %s is its RFC 7638 thumbprint', async (alg) => {
  const { api } = await startService({ env: { SIGNING_ALG: alg } });
  const [key = {}] = await publishedKeys(api);
  const covered = Object.fromEntries((thumbprintMembers[alg] ?? []).map((name) => [name, key[name]]));
  expect(key.kid).toBe(createHash('sha256').update(JSON.stringify(covered)).digest('base64url'));
});

test.each([
  ['ES256', { kty: 'EC', crv: 'P-256' }],
  ['RS256', { kty: 'RSA', e: 'AQAB', n: expect.toSatisfy((modulus: string) => bitsOf(modulus) === 3072) }],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519' }],
])('jwks: a key for %s is as strong as it has to be', async (alg, strength) => {
  const { api } = await startService({ env: { SIGNING_ALG: alg } });
  expect(await publishedKeys(api)).toEqual([expect.objectContaining(strength)]);
});

test.each(signingAlgorithms)('jwks: the private half of a key for %s lies sealed and is never logged', async (alg) => {
  const lines: string[] = [];
  const service = await startService({ env: { SIGNING_ALG: alg }, onLog: (line) => lines.push(line) });
  await service.api.signUp();
  const rows = await service.database.em.fork().find(SigningKey, {});
  const seal = createPrivateJwkSeal(createSecretRing(service.config.secrets).keysFor('signing keys at rest'));
  const { d } = z.object({ d: z.string() }).parse(await seal.open(rows[0]?.sealedPrivateJwk ?? ''));
  expect(JSON.stringify(rows)).not.toContain(d);
  expect(lines).not.toEqual([]);
  expect(lines.join()).not.toContain(d);
});

test('jwks: the answer is JSON, with an entity tag, and may be cached for five minutes', async () => {
  const { api } = await startService();
  const { status, headers } = await api.get(PATH);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('etag')).toMatch(/^"[\w-]+"$/);
  expect(headers.get('cache-control')).toBe('public, max-age=300');
});

test('jwks: JWKS_MAX_AGE says how long it may be cached', async () => {
  const { api } = await startService({ env: { JWKS_MAX_AGE: '90s' } });
  const { headers } = await api.get(PATH);
  expect(headers.get('cache-control')).toBe('public, max-age=90');
});

test('jwks: a matching ETag is answered with 304 and no body', async () => {
  const { api } = await startService();
  const etag = await publishedTag(api);
  for (const validator of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
    const { status, text, headers } = await revalidate(api, validator);
    expect({ validator, status, text }).toEqual({ validator, status: 304, text: '' });
    expect(headers.get('content-type')).toBeNull();
    // RFC 9110 section 15.4.5: a cache renews what it holds with these.
    expect(headers.get('etag')).toBe(etag);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
  }
});

test('jwks: a matching ETag is answered with 304 even to a client that lets no cache answer', async () => {
  const { api } = await startService();
  const etag = await publishedTag(api);
  // Fetch says `no-cache` with every condition that its caller sets. It is an order to caches on the way; the condition
  // is for us (RFC 9110 section 13.1.2, RFC 9111 section 5.2.1.4).
  expect(await revalidate(api, etag, 'no-cache')).toMatchObject({ status: 304, text: '' });
});

test('jwks: another ETag is answered with the keys', async () => {
  const { api } = await startService();
  const { status, body } = await revalidate(api, '"another"');
  expect(status).toBe(200);
  expect(body).toEqual({ keys: await publishedKeys(api) });
});

test('jwks: HEAD has the headers of GET and no body', async () => {
  const { api } = await startService();
  const answer = await fetch(api.baseUrl + PATH, { method: 'HEAD' });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBe(await publishedTag(api));
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  expect(await answer.text()).toBe('');
});

test('jwks: a restart publishes the same keys under the same ETag', async () => {
  const databaseUrl = await newDurableDatabase();
  const before = await startService({ databaseUrl });
  const [keys, etag] = [await publishedKeys(before.api), await publishedTag(before.api)];
  await before.stop();
  const { api } = await startService({ databaseUrl });
  expect(await publishedKeys(api)).toEqual(keys);
  expect(await publishedTag(api)).toBe(etag);
});

test.runIf(onPostgres)('jwks: instances that start at once on one database publish the same', async () => {
  const databaseUrl = await newDurableDatabase();
  const instances = await Promise.all(Array.from({ length: 3 }, () => startService({ databaseUrl })));
  const answers = await Promise.all(instances.map(({ api }) => api.get(PATH)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1);
  expect(KeySet.parse(answers[0]?.body).keys).toHaveLength(1);
});

async function publishedKeys(api: Api) {
  return KeySet.parse((await api.get(PATH)).body).keys;
}

async function publishedTag(api: Api): Promise<string> {
  return z.string().parse((await api.get(PATH)).headers.get('etag'));
}

function bitsOf(base64url: string): number {
  return Buffer.from(base64url, 'base64url').length * 8;
}

function revalidate(api: Api, validator: string, cacheControl = 'max-age=0') {
  return api.send('GET', PATH, { headers: { 'If-None-Match': validator, 'Cache-Control': cacheControl } });
}
