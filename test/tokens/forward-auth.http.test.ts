import { describe, expect, test } from 'vitest';
import { giveRoles, startWithAdmin } from '../admin/administration.ts';
import { type Answer, bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';

const names = ['subject', 'client', 'scope', 'roles', 'session'] as const;

function identity({ status, headers, text }: Answer) {
  expect({ status, text }).toEqual({ status: 204, text: '' });
  expect(headers.get('cache-control')).toBe('no-store');
  return Object.fromEntries(names.map((name) => [name, headers.get(`x-auth-${name}`)]));
}

const reports = {
  ...backend,
  id: 'reports',
  scopes: ['orders:read', 'orders:write'],
  audiences: ['https://orders.example'],
};

async function startWithProgram() {
  const running = await startService({ clients: [reports] });
  const { api, secrets } = running;
  const parameters = { grant_type: 'client_credentials', client_id: reports.id, client_secret: secrets.reports ?? '' };
  const { body } = await api.form('/token', { ...parameters, scope: 'orders:read' });
  const ask = (query = '') => api.get(`/forward-auth${query}`, body.access_token);
  return { ...running, ask, accessToken: body.access_token };
}

describe('forward-auth: a request passes', () => {
  test('of a person, with who it is', async () => {
    const { api } = await startService();
    const { user, tokens } = await api.signUp();
    const answer = await api.get('/forward-auth', tokens.access_token);
    const session = tokens.session_id;
    expect(identity(answer)).toEqual({ subject: user.id, client: 'first-party', scope: '', roles: '', session });
  });

  test('with the roles and the scope that the person has now', async () => {
    const running = await startWithAdmin();
    const { api, admin, bob, token } = running;
    const { scope, roles } = identity(await api.get('/forward-auth?scope=users:read%20audit:read', token));
    expect({ scopes: scope?.split(' '), roles }).toMatchObject({
      scopes: expect.arrayContaining(['users:read', 'audit:read', 'keys:write']),
      roles: 'admin',
    });
    await admin.post('/admin/roles', { name: 'clerk', scopes: [] });
    await giveRoles(running, bob.user.id, 'user', 'clerk');
    expect(identity(await api.get('/forward-auth', bob.tokens.access_token)).roles).toBe('clerk');
  });

  test('of a client that speaks for itself, to whom its token is for', async () => {
    const { ask } = await startWithProgram();
    const answer = await ask('?audience=https://orders.example&scope=orders:read');
    const nobody = { roles: '', session: '' };
    expect(identity(answer)).toEqual({ subject: 'reports', client: 'reports', scope: 'orders:read', ...nobody });
  });
});

describe('forward-auth: a request does not pass', () => {
  test('without a token, with a challenge that names no error', async () => {
    const { api } = await startService();
    const answer = await api.get('/forward-auth');
    expectFailure(answer, 'problem', 401, 'token_missing');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"');
  });

  test.each(['', '?audience=https://other.example'])('with a token for somebody else %s', async (query) => {
    const { ask } = await startWithProgram();
    const answer = await ask(query);
    expectFailure(answer, 'problem', 401, 'invalid_token');
    expect(answer.headers.get('x-auth-subject')).toBeNull();
  });

  test('with too little scope, which is said', async () => {
    const { ask } = await startWithProgram();
    const answer = await ask('?audience=https://orders.example&scope=orders:read%20orders:write');
    expectFailure(answer, 'problem', 403, 'insufficient_scope');
    const challenge = 'Bearer realm="latchkey", error="insufficient_scope", scope="orders:read orders:write"';
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
  });

  test('from the moment on at which the session ends', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    await api.post('/logout', {}, bearer(tokens.access_token));
    expectFailure(await api.get('/forward-auth', tokens.access_token), 'problem', 401, 'invalid_token');
  });

  test('when the token is over', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    clock.advance({ minutes: 6 });
    expectFailure(await api.get('/forward-auth', tokens.access_token), 'problem', 401, 'invalid_token');
  });
});

test.each([
  ['?scope='],
  ['?scope=a%20%20b'],
  ['?scope=%22'],
  ['?scope=a%0d%0aX-Auth-Subject:%20admin'],
  ['?audience='],
  [`?scope=${'a'.repeat(1025)}`],
])('forward-auth: what no scope and no audience can be is refused: %.40s', async (query) => {
  const { ask } = await startWithProgram();
  expectFailure(await ask(query), 'problem', 400, 'invalid_request');
});
