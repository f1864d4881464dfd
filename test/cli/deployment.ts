// test/cli/deployment.ts: a deployment that has seen everything once: each table has rows, and each column a value.
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { RegisteredClient } from '../../src/clients/registered-client.ts';
import { UsedAssertion } from '../../src/clients/used-assertion.ts';
import { OutboxMail } from '../../src/mail/outbox-mail.ts';
import { theService } from '../../src/platform/origin.ts';
import { User } from '../../src/users/user.ts';
import { bearer, PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import type { MovableClock } from '../harness/clock.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { type RunningService, startService } from '../harness/service.ts';

export const RETRY_KEY = 'the-answer-to-this-was-lost';
const FORMER_PASSWORD = 'a former horse battery';
/** More than two batches, under a key of two columns. */
const ASSERTIONS = 1_203;

export const METADATA = {
  nested: { list: [1, 2.5, -3e21, null, true, { deeper: '' }], 'käse "quoted"': '\\ \u2028 🧀' },
  b: 9_007_199_254_740_991,
  a: '1',
};

/** The same issuer on both databases: that is what moving is about. Tries are counted. */
export function startAt(databaseUrl: string, clock: MovableClock): Promise<RunningService> {
  const env = { ISSUER: 'https://id.example.com', RATE_LIMITS: 'on' };
  return startService({ databaseUrl, clock, env });
}

/** What its people and programs hold when it has been stopped. */
export async function liveThere(databaseUrl: string, clock: MovableClock) {
  const { publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const jwks = { keys: [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256' }] };
  const service = await startAt(databaseUrl, clock);
  const secret = await registerClients(service, jwks);
  await changeKeys(service);
  const people = await signPeopleUp(service);
  const code = await askForMails(service);
  await leaveTraces(service);
  const { published } = service.keys;
  const held = { ...people, secret, code, jwks: published().jwks };
  await service.stop();
  return held;
}

export type Held = Awaited<ReturnType<typeof liveThere>>;

async function registerClients({ clients, database, clock }: RunningService, jwks: typeof backend.jwks) {
  const em = database.em.fork();
  await clients.register(em, { ...secondClient, corsOrigins: ['https://notes.example'], accessTokenSeconds: 60 });
  await clients.register(em, { ...backend, id: 'signs-itself', jwks });
  await em.nativeUpdate(RegisteredClient, { id: 'signs-itself' }, { disabledAt: clock.now() });
  await clients.register(em, { ...backend, id: 'being-deleted' });
  await clients.remove(em, 'being-deleted');
  const secret = await clients.register(em, backend);
  await em.execute("insert into roles values ('user', 'Everybody: tous, 全員', '[\"notes:read\"]', ?, ?)", [
    clock.now().getTime(),
    clock.now().getTime() + 1,
  ]);
  return secret ?? '';
}

/** One of each state: retired, active, revoked, pending. */
async function changeKeys({ keys, clock }: RunningService): Promise<void> {
  await keys.rotate(theService());
  clock.advance({ minutes: 12 });
  await keys.keepUp();
  const { kid } = await keys.rotate(theService());
  await keys.revoke(kid, theService());
  await keys.rotate(theService());
}

async function signPeopleUp(service: RunningService) {
  const { api, clock, database } = service;
  const names = { given_name: 'Zoë', family_name: 'Nuñez 王', name: 'Zoë "Zo" O\'Núñez 🦊' };
  const zoe = await api.signUp({
    ...{ email: 'Zoë@exämple.com', preferred_username: 'Zoe', password: FORMER_PASSWORD, remember_me: true, ...names },
    ...{ locale: 'fr-CA', zoneinfo: 'America/Toronto' },
  });
  const picture = 'https://pictures.example/z.png?size=%20&x=1';
  await api.patch('/me', { metadata: METADATA, picture }, zoe.tokens.access_token);
  const passwords = { current_password: FORMER_PASSWORD, new_password: PASSWORD };
  const { body: before } = await api.put('/me/password', passwords, zoe.tokens.access_token);
  const remembered = await api.refresh(before.refresh_token, { key: RETRY_KEY });
  clock.advance({ seconds: 40 });
  const shortLived = await api.signIn('zoe', { client_id: secondClient.id, scope: 'notes:read' });
  const loggedOut = await api.signIn('zoe');
  await api.post('/logout', { refresh_token: loggedOut.refresh_token });
  const revoked = await api.signIn('zoe');
  await api.form('/revoke', { token: revoked.access_token, client_id: 'first-party' });

  const bob = await api.signUp({ email: 'bob@example.com' });
  const at = { emailVerifiedAt: clock.now(), disabledAt: clock.now(), passwordLockedAt: clock.now() };
  await database.em.fork().nativeUpdate(User, { id: bob.user.id }, at);
  await api.form('/token', { grant_type: 'password', username: 'zoe', password: 'not this one' });
  const tokens = { superseded: zoe.tokens, before, remembered, shortLived, loggedOut, revoked };
  return { user: (await api.get('/me', remembered.access_token)).body, tokens };
}

/** One code has been used and one has arrived; mails of each priority are waiting when the service stops. */
async function askForMails({ api, database, deliverMails, letters, clock }: RunningService): Promise<string> {
  const carol = await api.signUp({ email: 'carol@example.com' });
  await api.post('/password-reset', { email: 'carol@example.com' });
  await deliverMails();
  const letter = letterTo(letters, 'carol@example.com', /password/i);
  const verification = codeIn(letterTo(letters, 'carol@example.com', /confirm/i));
  await api.post('/email-verification/confirm', { code: verification }, bearer(carol.tokens.access_token));
  await api.put('/me/email', { email: 'carol@else.example', password: PASSWORD }, carol.tokens.access_token);
  await api.signUp({ email: 'dave@example.com' });
  await api.post('/password-reset', { email: 'dave@example.com' });
  const { id } = await database.em.fork().findOneOrFail(OutboxMail, { sentAt: { $ne: null } });
  const dead = { deadAt: clock.now(), lastError: '550 no such übermailbox', dedupeKey: 'reset:somebody' };
  await database.em.fork().nativeUpdate(OutboxMail, { id }, dead);
  return codeIn(letter);
}

async function leaveTraces({ api, database, clock, sweep }: RunningService): Promise<void> {
  await sweep();
  const expiresAt = new Date(clock.now().getTime() + 1);
  const rows = Array.from({ length: ASSERTIONS }, (_, n) => ({
    clientId: ['a', 'B', 'ä'][n % 3] ?? '',
    jtiDigest: `digest ${Math.floor(n / 3)}`,
    expiresAt,
  }));
  await database.em.fork().insertMany(UsedAssertion, rows);
  await api.send('GET', '/me', { headers: bearer('nonsense') });
}
