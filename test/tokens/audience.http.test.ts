// For whom an access token is, and that our own endpoints take only those that are for the issuer (RFC 8707, RFC 9700
// section 2.3).
import { describe, expect, test } from 'vitest';
import { ALL, giveRoles } from '../admin/administration.ts';
import { basic } from '../clients/credentials.ts';
import { bearer, PASSWORD, type Tokens } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { gateway } from './asking.ts';

const orders = 'https://orders.example';
const mail = 'https://mail.example';
/** The audience of `secondClient`. */
const notes = 'https://notes.example';

function audienceOf({ access_token }: Pick<Tokens, 'access_token'>): string {
  const [, payload = ''] = access_token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).aud;
}

async function start() {
  const env = { AUDIENCE: `${orders},${mail}` };
  const service = await startService({ env, clients: [secondClient, gateway, backend] });
  const { user, tokens } = await service.api.signUp({ email: 'ada@example.com' });
  return { ...service, user, tokens, issuer: service.config.issuer };
}

/** Every endpoint that takes the access token of a user. */
async function callAll({ api }: RunningService, token: string) {
  return Promise.all([
    api.get('/me', token),
    api.patch('/me', { name: 'Somebody' }, token),
    api.get('/me/sessions', token),
    api.get('/userinfo', token),
    api.get('/admin/users', token),
    api.post('/logout', {}, bearer(token)),
  ]);
}

describe('our own endpoints', () => {
  test('audience: a token for another service is refused, also one for the default audience', async () => {
    const service = await start();
    await giveRoles(service, service.user.id, 'user', 'admin');
    for (const resource of [orders, mail]) {
      const tokens = await service.api.signIn('ada@example.com', { resource, scope: ALL });
      expect(audienceOf(tokens)).toBe(resource);
      for (const answer of await callAll(service, tokens.access_token)) {
        expectFailure(answer, 'problem', 401, 'invalid_token');
      }
    }
    expect((await service.users.find(service.user.id))?.name).toBeNull();
  });

  test('audience: a token for the issuer is accepted', async () => {
    const service = await start();
    await giveRoles(service, service.user.id, 'user', 'admin');
    const tokens = await service.api.signIn('ada@example.com', { resource: service.issuer, scope: ALL });
    const answers = await callAll(service, tokens.access_token);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 204]);
  });

  test('audience: a log-out with a token for another service and a refresh token goes by the refresh token', async () => {
    const { api, tokens } = await start();
    const body = { refresh_token: tokens.refresh_token };
    expect((await api.post('/logout', body, bearer(tokens.access_token))).status).toBe(204);
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject({ reason: 'logged_out' });
  });
});

describe('the resource of a session', () => {
  test('audience: without one it is the first of the client, else the first of AUDIENCE, else the issuer', async () => {
    const { api, tokens } = await start();
    expect(audienceOf(tokens)).toBe(orders);
    expect(audienceOf(await api.signIn('ada@example.com', { client_id: secondClient.id }))).toBe(notes);
    const plain = await startService();
    const { tokens: ofPlain } = await plain.api.signUp();
    expect(audienceOf(ofPlain)).toBe(plain.config.issuer);
  });

  test('audience: each refresh may name another one, and the rotation is the same', async () => {
    const { api, tokens, issuer } = await start();
    let { refresh_token } = tokens;
    for (const resource of [issuer, mail, orders, issuer]) {
      const next = await api.refresh(refresh_token, { resource });
      expect(audienceOf(next)).toBe(resource);
      expect(next.session_id).toBe(tokens.session_id);
      ({ refresh_token } = next);
    }
    expect(audienceOf(await api.refresh(refresh_token))).toBe(orders);
  });

  test('audience: two tabs that refresh for two resources at once both get theirs, and the same successor', async () => {
    const { api, tokens, issuer } = await start();
    const [one, other] = await Promise.all([
      api.refresh(tokens.refresh_token, { resource: issuer }),
      api.refresh(tokens.refresh_token, { resource: mail }),
    ]);
    expect([audienceOf(one), audienceOf(other)]).toEqual([issuer, mail]);
    expect(other.refresh_token).toBe(one.refresh_token);
  });

  test('audience: a repeat within the grace window, or with its key, may name another one', async () => {
    const { api, clock, tokens, issuer } = await start();
    const first = await api.refresh(tokens.refresh_token, { key: 'k', resource: issuer });
    const repeated = await api.refresh(tokens.refresh_token, { resource: mail });
    clock.advance({ minutes: 10 });
    const retried = await api.refresh(tokens.refresh_token, { key: 'k', resource: orders });
    expect([audienceOf(repeated), audienceOf(retried)]).toEqual([mail, orders]);
    expect([repeated.refresh_token, retried.refresh_token]).toEqual([first.refresh_token, first.refresh_token]);
  });

  test('audience: a sign-up may name one', async () => {
    const { api, issuer } = await start();
    const { tokens } = await api.signUp({ email: 'bob@example.com', resource: issuer });
    expect(audienceOf(tokens)).toBe(issuer);
    expect((await api.get('/me', tokens.access_token)).status).toBe(200);
  });

  test('audience: a first-party client with audiences of its own may ask for the issuer', async () => {
    const { api, issuer } = await start();
    const client = secondClient.id;
    const tokens = await api.signIn('ada@example.com', { client_id: client, resource: issuer });
    expect(audienceOf(tokens)).toBe(issuer);
    expect(audienceOf(await api.refresh(tokens.refresh_token, { client, resource: notes }))).toBe(notes);
  });

  test('audience: any other resource is refused, and consumes nothing', async () => {
    const { api, issuer, tokens, database } = await start();
    const ofApp = await api.signIn('ada@example.com', { client_id: secondClient.id });
    for (const resource of ['https://elsewhere.example', `${issuer}/`, `${orders}/`, ' ', notes]) {
      expect(await api.tryRefresh(tokens.refresh_token, { resource })).toMatchObject({
        status: 400,
        body: { error: 'invalid_target' },
      });
    }
    const ofAnother = await api.tryRefresh(ofApp.refresh_token, { client: secondClient.id, resource: orders });
    expect(ofAnother).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    const before = await database.em.fork().execute('select count(*) as n from sessions');
    const signIn = { grant_type: 'password', username: 'ada@example.com', password: PASSWORD, resource: notes };
    expect((await api.form('/token', signIn)).body.error).toBe('invalid_target');
    const signUp = { email: 'eve@example.com', password: PASSWORD, resource: notes };
    expectFailure(await api.post('/signup', signUp), 'problem', 400, 'invalid_target');
    expect(await database.em.fork().execute('select count(*) as n from sessions')).toEqual(before);
    const next = await api.refresh(tokens.refresh_token);
    expect(next.session_id).toBe(tokens.session_id);
  });

  test('audience: an old token with a resource that may not be asked for ends nothing', async () => {
    const { api, clock, tokens } = await start();
    const next = await api.refresh(tokens.refresh_token);
    clock.advance({ minutes: 10 });
    expect((await api.tryRefresh(tokens.refresh_token, { resource: notes })).body.error).toBe('invalid_target');
    await api.refresh(next.refresh_token);
  });
});

test('audience: a client that is not first-party cannot ask for the issuer unless it is registered for it', async () => {
  const { api, clients, database, secrets, issuer } = await start();
  const parameters = { grant_type: 'client_credentials', resource: issuer };
  const refused = await api.form('/token', parameters, basic(backend.id, secrets[backend.id] ?? ''));
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  const registration = { ...backend, id: 'automation', audiences: [issuer], scopes: ['users:read'] };
  const secret = (await clients.register(database.em.fork(), registration)) ?? '';
  const { body } = await api.form('/token', { grant_type: 'client_credentials' }, basic('automation', secret));
  expect((await api.get('/admin/users', body.access_token)).status).toBe(200);
});

test('audience: forward-auth asks for the first of AUDIENCE unless the proxy names one', async () => {
  const { api, tokens, issuer } = await start();
  const forIssuer = await api.refresh(tokens.refresh_token, { resource: issuer });
  const [ofOrders, ofIssuer] = [tokens.access_token, forIssuer.access_token];
  const ask = async (token: string, query = '') => (await api.get(`/forward-auth${query}`, token)).status;
  expect([await ask(ofOrders), await ask(ofIssuer)]).toEqual([204, 401]);
  const query = `?audience=${issuer}`;
  expect([await ask(ofOrders, query), await ask(ofIssuer, query)]).toEqual([401, 204]);
});

test('audience: introspection says that a refresh token is for the issuer, and whom an access token is for', async () => {
  const { api, tokens, issuer, clients, database } = await start();
  const registration = { ...backend, id: 'asks', scopes: ['tokens:introspect'], audiences: [] };
  const secret = (await clients.register(database.em.fork(), registration)) ?? '';
  const ask = async (token: string) => (await api.form('/introspect', { token }, basic('asks', secret))).body;
  expect(await ask(tokens.refresh_token)).toMatchObject({ active: true, aud: issuer, token_type: 'refresh_token' });
  expect(await ask(tokens.access_token)).toMatchObject({ active: true, aud: orders });
});

test('audience: a refresh token concerns no client for being for the issuer', async () => {
  const { api, tokens, issuer, clients, database } = await start();
  const registration = { ...backend, id: 'asks', scopes: [], audiences: [issuer] };
  const secret = (await clients.register(database.em.fork(), registration)) ?? '';
  const { body } = await api.form('/introspect', { token: tokens.refresh_token }, basic('asks', secret));
  expect(body).toEqual({ active: false });
});
