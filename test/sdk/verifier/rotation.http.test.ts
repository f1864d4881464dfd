// The keys of the real service come and go, under verifiers that have fetched them before.
import { decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { createVerifier } from '../../../sdk/src/verifier.ts';
import { theService } from '../../../src/platform/origin.ts';
import { basic } from '../../clients/credentials.ts';
import { backend, secondClient } from '../../harness/clients.ts';
import { startService } from '../../harness/service.ts';

const MINUTE = 60;
const DAY = 86_400;
const ISSUER = 'https://id.example';
const env = { ISSUER, REMEMBERED_IDLE_TTL: '300d', REMEMBERED_TTL: '365d' };

async function start(algorithm = 'ES256') {
  const service = await startService({ env: { ...env, SIGNING_ALG: algorithm }, clients: [backend, secondClient] });
  const { api, clock } = service;
  const fetches: string[] = [];
  const verifierFor = (audience: string) =>
    createVerifier({
      issuer: ISSUER,
      audience,
      now: clock.now,
      fetch: (url, init) => {
        fetches.push(url);
        return fetch(url.replace(ISSUER, api.baseUrl), init);
      },
    });
  return { ...service, fetches, verifierFor, verify: verifierFor(ISSUER).verify };
}

/** Ninety days: by days, and by two minutes in the hours around the change. */
const quarter = [...Array(89).fill(DAY), DAY - 80 * MINUTE, ...Array(80).fill(2 * MINUTE)];

test('rotation: over two changes of the key, a warm verifier refuses no token, whatever it meets', async () => {
  const { api, clock, keys, verify } = await start();
  let { refresh_token } = (await api.signUp({ remember_me: true })).tokens;
  const kids = new Set<string | undefined>();
  for (const pause of [...quarter, ...quarter]) {
    clock.advance({ seconds: pause });
    await keys.keepUp();
    const tokens = await api.refresh(refresh_token);
    refresh_token = tokens.refresh_token;
    kids.add(decodeProtectedHeader(tokens.access_token).kid);
    await verify(tokens.access_token);
  }
  expect(kids.size).toBe(3);
}, 240_000);

test('rotation: one on command needs no fetch for an unknown key: it was published in time', async () => {
  const { api, clock, keys, verify, fetches } = await start();
  let { refresh_token, access_token } = (await api.signUp({ remember_me: true })).tokens;
  await verify(access_token);
  const next = await keys.rotate(theService());
  for (let minute = 0; minute < 15; minute += 1) {
    clock.advance({ minutes: 1 });
    await keys.keepUp();
    ({ refresh_token, access_token } = await api.refresh(refresh_token));
    await verify(access_token);
  }
  expect(decodeProtectedHeader(access_token).kid).toBe(next.kid);
  expect(fetches.filter((url) => url.endsWith('jwks.json')).length).toBeLessThanOrEqual(5);
});

test('rotation: a key that is revoked, takes its tokens with it, and the next one is accepted', async () => {
  const { api, clock, keys, verify } = await start();
  const { tokens } = await api.signUp({ remember_me: true });
  await verify(tokens.access_token);
  clock.advance({ seconds: 40 });
  await keys.revoke(decodeProtectedHeader(tokens.access_token).kid ?? '', theService());
  const next = await api.refresh(tokens.refresh_token);
  await verify(next.access_token); // its key is unknown, and fetched
  await expect(verify(tokens.access_token)).rejects.toMatchObject({ code: 'invalid_token' });
});

test.each(['ES256', 'RS256', 'Ed25519'])('rotation: a service that signs with %s', async (algorithm) => {
  const { api, verify } = await start(algorithm);
  const { user, tokens } = await api.signUp();
  await expect(verify(tokens.access_token)).resolves.toMatchObject({
    subject: user.id,
    clientId: 'first-party',
    sessionId: tokens.session_id,
    roles: [],
  });
});

test('rotation: what a backend gets for itself, is for its audience alone', async () => {
  const { api, secrets, verifierFor } = await start();
  const parameters = { grant_type: 'client_credentials', scope: 'notes:read' };
  const { body } = await api.form('/token', parameters, basic(backend.id, secrets[backend.id] ?? ''));
  const { verify } = verifierFor('https://notes.example');
  await expect(verify(body.access_token, { scope: 'notes:read' })).resolves.toMatchObject({
    subject: backend.id,
    clientId: backend.id,
    scope: ['notes:read'],
    sessionId: null,
  });
  await expect(verify(body.access_token, { scope: 'notes:write' })).rejects.toMatchObject({ status: 403 });
  await expect(verifierFor(ISSUER).verify(body.access_token)).rejects.toMatchObject({ status: 401 });
});
