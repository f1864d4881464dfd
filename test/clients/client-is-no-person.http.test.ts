import { describe, expect, test } from 'vitest';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { bearer, PASSWORD } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { CANARY, expectFailure } from '../http/failures.ts';
import { basic, changeClient } from './credentials.ts';

/** Its tokens are for our own endpoints, like those of people. */
const program: ClientRegistration = { ...backend, audiences: [] };
const { id } = program;

/** A client with a token, and a person with a session who has taken the name of the client. */
async function start(client: ClientRegistration = program) {
  const service = await startService({ clients: [client] });
  const { api, secrets } = service;
  const { user, tokens } = await api.signUp({ preferred_username: program.id });
  const headers = basic(client.id, secrets[client.id] ?? 'none');
  const { access_token: token } = (await api.form('/token', { grant_type: 'client_credentials' }, headers)).body;
  return { ...service, service, user, tokens, headers, token };
}

const forPeople = [
  ['GET', '/userinfo'],
  ['POST', '/userinfo'],
  ['GET', '/me'],
  ['PATCH', '/me'],
  ['DELETE', '/me'],
  ['PUT', '/me/password'],
  ['PUT', '/me/email'],
  ['GET', '/me/sessions'],
  ['DELETE', '/me/sessions/:session_id'],
] as const;

const bodies: Record<string, object> = {
  'PATCH /me': { name: CANARY },
  'DELETE /me': { password: PASSWORD },
  'PUT /me/password': { current_password: PASSWORD, new_password: 'another good password' },
  'PUT /me/email': { email: 'other@example.com', password: PASSWORD },
};

function call({ api }: RunningService, method: string, path: string, token: string, sessionId: string) {
  const body = bodies[`${method} ${path}`];
  const json = { 'Content-Type': 'application/json', ...bearer(token) };
  const init = body ? { body: JSON.stringify(body), headers: json } : { headers: bearer(token) };
  return api.send(method, path.replace(':session_id', sessionId), init);
}

describe('endpoints for people', () => {
  test('a client is no person: these are all the endpoints that take an access token, but for administration', async () => {
    const { endpoints } = await start();
    const taking = endpoints.filter(({ guard }) => guard.errors.includes('insufficient_scope'));
    // What a proxy asks about may be the request of a client.
    const ofPeople = taking.filter(({ path }) => !path.startsWith('/admin/') && path !== '/forward-auth');
    const named = ofPeople.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort();
    expect(named).toEqual(forPeople.map((one) => one.join(' ')).sort());
  });

  test.each(forPeople)('a client is no person: %s %s does not take its token', async (method, path) => {
    const { service, api, user, tokens, token } = await start();
    const answer = await call(service, method, path, token, tokens.session_id);
    expectFailure(answer, 'problem', 403, 'insufficient_scope');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="insufficient_scope"');
    expect(await api.me(tokens.access_token)).toEqual(await api.me((await api.signIn(user.email)).access_token));
    expect(await api.me(tokens.access_token)).toMatchObject({ id: user.id, email: user.email, name: null });
  });

  test.each(forPeople)('a client is no person: %s %s does not know a token that is dead', async (method, path) => {
    const { service, api, clock, headers, tokens, token } = await start();
    const { access_token: second } = (await api.form('/token', { grant_type: 'client_credentials' }, headers)).body;
    await api.form('/revoke', { token }, headers);
    const revoked = await call(service, method, path, token, tokens.session_id);
    expectFailure(revoked, 'problem', 401, 'invalid_token');
    expectFailure(await call(service, method, path, second, tokens.session_id), 'problem', 403, 'insufficient_scope');
    await changeClient(service, id, { disabledAt: clock.now() });
    const disabled = await call(service, method, path, second, tokens.session_id);
    expectFailure(disabled, 'problem', 401, 'invalid_token');
    expect(disabled.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
  });

  test('a client is no person: a token for somebody else is none here', async () => {
    const { api, token } = await start(backend);
    expectFailure(await api.get('/me', token), 'problem', 401, 'invalid_token');
  });

  test('a client is no person: its token dies with its time', async () => {
    const { api, clock, token } = await start();
    clock.advance({ seconds: 311 });
    expectFailure(await api.get('/me', token), 'problem', 401, 'invalid_token');
  });

  test('a client is no person: once it is public its tokens are worth nothing', async () => {
    const { service, api, token } = await start();
    await changeClient(service, id, { type: 'public' });
    expectFailure(await api.get('/me', token), 'problem', 401, 'invalid_token');
  });

  test('a client is no person: also when its identifier is that of one', async () => {
    const { service, api, user, tokens } = await start();
    const secret = await service.clients.register(service.database.em.fork(), { ...program, id: user.id });
    const proof = basic(user.id, secret ?? 'none');
    const { access_token } = (await api.form('/token', { grant_type: 'client_credentials' }, proof)).body;
    expectFailure(await api.get('/me', access_token), 'problem', 403, 'insufficient_scope');
    expect(await api.me(tokens.access_token)).toMatchObject({ id: user.id });
  });
});

describe('log-out', () => {
  test('a client is no person: its token ends no session', async () => {
    const { api, tokens, token } = await start();
    for (const sessions of ['current', 'others', 'all']) {
      await api.post('/logout', { sessions }, bearer(token));
    }
    await api.refresh(tokens.refresh_token);
  });

  test('a client is no person: beside its token a refresh token still says which session ends', async () => {
    const { api, tokens, token } = await start();
    const answer = await api.post('/logout', { refresh_token: tokens.refresh_token }, bearer(token));
    expect(answer).toMatchObject({ status: 204 });
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { reason: 'logged_out' } });
  });
});

describe('passwords', () => {
  const everyGrant = ['password', 'refresh_token', 'client_credentials'] as const;

  test.each(['public', 'confidential'] as const)(
    'passwords: a %s client of another house may not ask for them',
    async (type) => {
      const { api, headers, user } = await start({ ...backend, type, grants: everyGrant });
      const signIn = { grant_type: 'password', username: user.email, password: PASSWORD };
      const answer =
        type === 'public'
          ? await api.form('/token', { ...signIn, client_id: id })
          : await api.form('/token', signIn, headers);
      expectFailure(answer, 'oauth', 400, 'unauthorized_client');
      const account = { email: 'new@example.com', password: PASSWORD };
      const signUp =
        type === 'public'
          ? await api.post('/signup', { ...account, client_id: id })
          : await api.post('/signup', account, headers);
      expectFailure(signUp, 'problem', 400, 'unauthorized_client');
      await api.signUp(account);
    },
  );

  test('passwords: a wrong one is not looked at', async () => {
    const { api, headers, user } = await start({ ...backend, grants: everyGrant });
    const wrong = { grant_type: 'password', username: user.email, password: CANARY };
    expectFailure(await api.form('/token', wrong, headers), 'oauth', 400, 'unauthorized_client');
  });
});
