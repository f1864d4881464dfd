// What the verifier makes of tokens that the service never issued; the lists are those of the service's own tests.
import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createVerifier } from '../../../sdk/src/verifier.ts';
import { startService } from '../../harness/service.ts';
import { elsewhere, foreign, misspelled, misused, openForge, sign, twinOf } from '../../tokens/forgeries.ts';
import { good, type Handmade, pointingTo, signedByOthers, signedByUs } from '../../tokens/handmade.ts';
import { newKey, startIssuer } from './issuer.ts';
import { habitable, pretend } from './runtimes.ts';

/** Only the database knows what is wrong with these: our own key has signed them. */
const onlyTheDatabaseKnows = [
  'a user that is no identifier',
  'a user who is not there',
  'a session that is not there',
  'no session, and a public client as its own user',
  'a client that is not there',
  'a client with NUL',
];

/** The SDK is stricter than the service has to be with what its own key has signed (RFC 7519 section 4). */
const isUnique = ([name]: Handmade) => !name.includes(' twice');
const isKnowable = ([name]: Handmade) => !onlyTheDatabaseKnows.includes(name);
const ambiguous = good.filter((handmade) => !isUnique(handmade));
const bad = [...misused, ...elsewhere, ...foreign, ...misspelled, ...signedByUs, ...signedByOthers, ...ambiguous];

const invalid = { code: 'invalid_token', status: 401 };

/** Made by the service; fetched and seen by the runtime. */
async function present(cases: readonly Handmade[], runtime: (typeof habitable)[number]) {
  const service = await startService();
  const { config, clock, api } = service;
  const forge = await openForge(service);
  const tokens: (readonly [name: string, token: string])[] = [];
  for (const [name, make] of cases) tokens.push([name, await make(forge)]);
  pretend(runtime);
  const fetched: string[] = [];
  const { verify } = createVerifier({
    issuer: config.issuer,
    audience: config.issuer,
    now: clock.now,
    fetch: (url, init) => {
      fetched.push(url);
      return fetch(url.replace(config.issuer, api.baseUrl), init);
    },
  });
  await verify(forge.token);
  return { forge, tokens, fetched, verify };
}

describe.each(habitable)('forgeries, in %s', (runtime) => {
  test('what is good is accepted, the twin of its signature too', async () => {
    const twin: Handmade = ['the twin', ({ token }) => twinOf(token)];
    const { forge, verify, tokens } = await present([...good.filter(isUnique), twin], runtime);
    for (const [name, token] of tokens) {
      await expect(verify(token), name).resolves.toMatchObject({ subject: forge.claims.sub });
    }
  });

  test('each of the bad ones is refused, after a good one has been accepted', async () => {
    const cases = bad.filter(isKnowable);
    expect(cases.length).toBe(bad.length - onlyTheDatabaseKnows.length);
    const { verify, tokens } = await present(cases, runtime);
    for (const [name, token] of tokens) await expect(verify(token), name).rejects.toMatchObject(invalid);
  });

  test('nothing is fetched from where a token says that its key is', async () => {
    const { forge, verify, tokens, fetched } = await present(pointingTo('http://127.0.0.1:1'), runtime);
    for (const [name, token] of tokens) await expect(verify(token), name).rejects.toMatchObject(invalid);
    expect(fetched.every((url) => url.startsWith(forge.issuer))).toBe(true);
  });

  test.each(['ES256', 'RS256', 'EdDSA', 'Ed25519'])('a good token of a key for %s is accepted', async (alg) => {
    pretend(runtime);
    const { sign: signGood, verifier } = await startIssuer({ keys: [await newKey(alg)] });
    await expect(verifier().verify(await signGood())).resolves.toMatchObject({ clientId: 'orders-app' });
  });

  test.each(['ES256', 'RS256', 'EdDSA'])('a token of another algorithm under the kid of a key for %s', async (alg) => {
    pretend(runtime);
    const key = await newKey(alg);
    const { sign: signAs, verifier } = await startIssuer({ keys: [key] });
    const { verify } = verifier();
    await verify(await signAs());
    for (const other of ['ES256', 'ES384', 'RS256', 'PS256', 'RS512', 'EdDSA'].filter((name) => name !== alg)) {
      const token = await signAs({}, { kid: key.kid }, await newKey(other));
      await expect(verify(token), other).rejects.toMatchObject(invalid);
    }
  });
});

test('forgeries: an HMAC keyed with a public RSA key, is refused', async () => {
  const key = await newKey('RS256');
  const { verifier, sign: signGood } = await startIssuer({ keys: [key] });
  const [, payload] = (await signGood()).split('.');
  const pem = createPublicKey({ key: { ...key.publicJwk, kty: 'RSA' }, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  });
  const header = Buffer.from(JSON.stringify({ typ: 'at+jwt', alg: 'HS256', kid: key.kid })).toString('base64url');
  const mac = createHmac('sha256', pem).update(`${header}.${payload}`).digest('base64url');
  await expect(verifier().verify(`${header}.${payload}.${mac}`)).rejects.toMatchObject(invalid);
});

test('forgeries: a token of another deployment, is refused, though all else is the same', async () => {
  const one = await startService({ env: { ISSUER: 'https://id.example' } });
  const other = await startService({ env: { ISSUER: 'https://id.example' }, clock: one.clock });
  const verifier = createVerifier({
    issuer: 'https://id.example',
    audience: 'https://id.example',
    now: one.clock.now,
    fetch: (url, init) => fetch(url.replace('https://id.example', one.api.baseUrl), init),
  });
  const forge = await openForge(other);
  await expect(verifier.verify(await sign(forge))).rejects.toMatchObject(invalid);
});
