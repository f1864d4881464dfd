import { describe, expect, test } from 'vitest';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { type Answer, type Api, PASSWORD } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure, expectFailureHeaders } from '../http/failures.ts';
import { exchange } from '../http/raw-socket.ts';

const signIn = { grant_type: 'password', username: 'user1@example.com', password: PASSWORD };

async function startWithUser(clients: readonly ClientRegistration[] = []) {
  const service = await startService({ clients });
  const { tokens } = await service.api.signUp();
  return { ...service, tokens };
}

function sendForm(api: Api, body: string, query = ''): Promise<Answer> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return api.send('POST', `/token${query}`, { headers, body });
}

describe('the method and the place', () => {
  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE'])(
    'token: %s is 405, credentials or not',
    async (method) => {
      const { api } = await startWithUser();
      for (const target of ['/token', `/token?${new URLSearchParams(signIn)}`]) {
        const answer = await exchange(api.baseUrl, [`${method} ${target} HTTP/1.1`, 'Host: x', 'Connection: close']);
        if (method === 'HEAD') expectFailureHeaders(answer, 'oauth', 405);
        else expectFailure(answer, 'oauth', 405, 'invalid_request');
        expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
      }
    },
  );

  test('token: nothing is read from the query', async () => {
    const { api } = await startWithUser();
    const { password, ...rest } = signIn;
    const all = `?${new URLSearchParams(signIn)}`;
    expectFailure(await api.send('POST', `/token${all}`), 'oauth', 400, 'invalid_request');
    expectFailure(await sendForm(api, '', all), 'oauth', 400, 'invalid_request');
    const split = await sendForm(
      api,
      new URLSearchParams(rest).toString(),
      `?password=${encodeURIComponent(password)}`,
    );
    expectFailure(split, 'oauth', 400, 'invalid_request');
    const other = await sendForm(
      api,
      new URLSearchParams(signIn).toString(),
      '?username=somebody&scope=admin&client_id=x',
    );
    expect(other.status).toBe(200);
  });
});

/** RFC 6749 section 5.1, with what we add to it. */
const answered = {
  access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  token_type: 'Bearer',
  expires_in: 300,
  refresh_after: expect.any(Number),
  refresh_token: expect.stringMatching(/^lkr_[\w-]+$/),
  refresh_expires_in: expect.any(Number),
  scope: '',
  session_id: expect.any(String),
};

describe('a good answer', () => {
  test('token: sign-in and refresh, by form and by JSON, are answered alike', async () => {
    const { api, tokens } = await startWithUser();
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    for (const parameters of [signIn, refresh]) {
      for (const answer of [await api.form('/token', parameters), await api.post('/token', parameters)]) {
        expect(answer).toMatchObject({ status: 200, body: answered });
        expect(Object.keys(answer.body).sort()).toEqual(Object.keys(answered).sort());
        expect(Number.isInteger(answer.body.refresh_after)).toBe(true);
        expect(Object.fromEntries(answer.headers)).toMatchObject({
          'content-type': 'application/json; charset=utf-8',
          'cache-control': 'no-store',
          pragma: 'no-cache',
        });
      }
    }
  });

  test('token: the scope is told, whether it is what was asked for or not', async () => {
    const { api } = await startWithUser([secondClient]);
    const ask = async (scope: object) =>
      (await api.post('/token', { ...signIn, client_id: secondClient.id, ...scope })).body.scope;
    expect(await ask({})).toBe('notes:read notes:write');
    expect(await ask({ scope: 'notes:write' })).toBe('notes:write');
  });
});

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const refreshOnly: ClientRegistration = { ...secondClient, id: 'refresh-only', grants: ['refresh_token'] };
const signInOnly: ClientRegistration = { ...secondClient, id: 'sign-in-only', grants: ['password'] };

describe('the right error for each mistake', () => {
  test.each([
    ['no grant', { username: 'user1@example.com', password: PASSWORD }, 'invalid_request'],
    ['an unknown grant', { ...signIn, grant_type: 'authorization_code' }, 'unsupported_grant_type'],
    ['an unknown grant and nothing else', { grant_type: 'implicit' }, 'unsupported_grant_type'],
    ['a grant that is not for this client', { ...signIn, client_id: refreshOnly.id }, 'unauthorized_client'],
    [
      'a refresh that is not for this client',
      { grant_type: 'refresh_token', refresh_token: 'x', client_id: signInOnly.id },
      'unauthorized_client',
    ],
    ['a wrong password', { ...signIn, password: CANARY }, 'invalid_grant'],
    ['an unknown name', { ...signIn, username: CANARY }, 'invalid_grant'],
    ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: CANARY }, 'invalid_grant'],
    ['a missing parameter', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['an unknown scope', { ...signIn, scope: CANARY }, 'invalid_scope'],
    ['a secret of nobody', { ...signIn, client_secret: CANARY }, 'invalid_request'],
    ['an assertion of no type', { ...signIn, client_assertion: CANARY }, 'invalid_request'],
    ['an unknown resource', { ...signIn, resource: `https://${CANARY}.example` }, 'invalid_target'],
  ])('token: %s', async (_, parameters, error) => {
    const { api } = await startWithUser([refreshOnly, signInOnly]);
    expectFailure(await api.form('/token', parameters), 'oauth', 400, error);
    expectFailure(await api.post('/token', parameters), 'oauth', 400, error);
  });

  test.each([
    ['an unknown client', { client_id: CANARY }, {}],
    ['a client in another case', { client_id: 'FIRST-PARTY' }, {}],
    ['a secret, which no public client has', { client_id: 'first-party', client_secret: CANARY }, {}],
    ['an assertion that is none', { client_assertion: CANARY, client_assertion_type: JWT_BEARER }, {}],
    ['Basic', {}, { Authorization: `Basic ${Buffer.from('first-party:').toString('base64')}` }],
    ['Basic that is not base64', {}, { Authorization: `Basic ${CANARY}%%%` }],
    ['Basic without a colon', {}, { Authorization: `Basic ${Buffer.from(CANARY).toString('base64')}` }],
    ['Basic with a broken escape', {}, { Authorization: `Basic ${Buffer.from('%zz:%zz').toString('base64')}` }],
    ['Basic that is not UTF-8', {}, { Authorization: `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}` }],
    ['Basic of 10 KB', {}, { Authorization: `Basic ${'QUFB'.repeat(2500)}` }],
    ['a scheme alone', {}, { Authorization: 'Basic' }],
    ['a bearer token', {}, { Authorization: `Bearer ${CANARY}` }],
  ])('token: %s is 401 invalid_client', async (_, parameters, headers: Record<string, string>) => {
    const { api } = await startWithUser();
    const answer = await api.form('/token', { ...signIn, ...parameters }, headers);
    expectFailure(answer, 'oauth', 401, 'invalid_client');
    // RFC 6749 section 5.2: a client that tried HTTP authentication is challenged for it.
    if ('Authorization' in headers) expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
  });
});

describe('parameters', () => {
  const known = [
    'grant_type',
    'username',
    'password',
    'refresh_token',
    'remember_me',
    'scope',
    'resource',
    'client_id',
  ];

  test.each([...known, 'client_secret', 'unknown'])(
    'token: %s twice is refused before the client is looked at',
    async (name) => {
      const { api, sessions, tokens } = await startWithUser();
      const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
      for (const parameters of [signIn, refresh]) {
        const good = new Map(Object.entries(parameters));
        const pair = new URLSearchParams({ [name]: good.get(name) ?? 'true' }).toString();
        good.delete(name);
        const body = `${pair}&${new URLSearchParams([...good])}&${pair}`;
        expectFailure(await sendForm(api, body), 'oauth', 400, 'invalid_request', body);
        if (name === 'client_id') continue;
        expectFailure(await sendForm(api, `${body}&client_id=nobody`), 'oauth', 400, 'invalid_request', body);
      }
      expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0 });
    },
  );

  test('token: unknown parameters change nothing', async () => {
    const { api, tokens } = await startWithUser();
    const unknown = { foo: 'bar', user_id: 'x', sub: 'x', roles: 'admin', expires_in: '1', sid: 'x', 'a.b': '1' };
    expect(await api.form('/token', { ...signIn, ...unknown })).toMatchObject({ status: 200, body: answered });
    expect(await api.post('/token', { ...signIn, ...unknown, n: 1, o: {} })).toMatchObject({
      status: 200,
      body: answered,
    });
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect(await api.form('/token', { ...refresh, ...unknown })).toMatchObject({ status: 200, body: answered });
  });

  test.each(['scope', 'resource', 'client_id', 'client_secret', 'remember_me', 'unknown'])(
    'token: %s without a value is as if it were not there',
    async (name) => {
      const { api } = await startWithUser();
      const parameters = { ...signIn, [name]: '' };
      expect(await api.form('/token', parameters)).toMatchObject({ status: 200, body: answered });
      expect(await api.post('/token', parameters)).toMatchObject({ status: 200, body: answered });
      expect(await sendForm(api, `${new URLSearchParams(signIn)}&${name}`)).toMatchObject({ status: 200 });
    },
  );

  test.each(['grant_type', 'username', 'password'])(
    'token: %s without a value is missing, and so is one with brackets',
    async (name) => {
      const { api } = await startWithUser();
      const [value = ''] = Object.entries(signIn).flatMap(([other, one]) => (other === name ? [one] : []));
      const rest = Object.fromEntries(Object.entries(signIn).filter(([other]) => other !== name));
      for (const spelled of [
        {},
        { [name]: '' },
        { [`${name}[]`]: value },
        { [`${name}[a]`]: value },
        { [`${name}.a`]: value },
      ]) {
        expectFailure(await api.form('/token', { ...rest, ...spelled }), 'oauth', 400, 'invalid_request');
        expectFailure(await api.post('/token', { ...rest, ...spelled }), 'oauth', 400, 'invalid_request');
      }
    },
  );
});
