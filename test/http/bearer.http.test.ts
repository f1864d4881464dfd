import { describe, expect, test } from 'vitest';
import { type Answer, bearer, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from './failures.ts';
import { exchange } from './raw-socket.ts';

/** Anybody may call these. A new operation belongs either here or below; one that is in neither list fails. */
const open = [
  'createToken',
  'revokeToken',
  'signUp',
  'requestEmailVerification',
  'verifyEmail', // a code and a password are enough
  'requestPasswordReset',
  'resetPassword', // the code is enough
  'logOut', // a refresh token is enough
  'getJwks',
  'getServerMetadata',
  'getOpenIdConfiguration',
  'getLiveness',
  'getReadiness',
  'getOpenApiJson',
  'getOpenApiYaml',
];

/** Only a client that proves who it is may call these. */
const forClients = ['introspectToken'];

/** For those who look after the deployment. */
const administration = [
  'listUsers',
  'createUser',
  'getUser',
  'updateUser',
  'deleteUser',
  'endUserSessions',
  'sendPasswordReset',
  'listClients',
  'registerClient',
  'getClient',
  'updateClient',
  'deleteClient',
  'addClientSecret',
  'dropOldClientSecrets',
  'listRoles',
  'createRole',
  'updateRole',
  'deleteRole',
  'listKeys',
  'rotateKeys',
  'revokeKey',
  'listAuditEvents',
];

const guarded = [
  'getMetrics', // by a token of its own
  'getMe',
  'updateMe',
  'deleteMe',
  'changePassword',
  'changeEmail',
  'listSessions',
  'endSession',
  'getUserInfo',
  'postUserInfo',
  'authorizeForward',
];

test('bearer: every operation is known to be open or guarded', async () => {
  const { endpoints } = await startService();
  expect(endpoints.map(({ operationId }) => operationId).sort()).toEqual(
    [...open, ...forClients, ...guarded, ...administration].sort(),
  );
});

test('bearer: every operation but the open ones is closed without a token', async () => {
  const { api, endpoints } = await startService();
  for (const { method, path, operationId, failures } of endpoints) {
    const target = path.replaceAll(/:\w+/g, '00000000-0000-7000-8000-000000000000');
    const answer = await api.send(method.toUpperCase(), target);
    if (forClients.includes(operationId)) expectFailure(answer, failures, 401, 'invalid_client', operationId);
    else if (open.includes(operationId)) expect(answer.status, operationId).not.toBe(401);
    else expectFailure(answer, failures, 401, 'token_missing', operationId);
  }
});

const CHALLENGE = 'Bearer realm="latchkey"';

describe.each([
  { method: 'GET', path: '/me' },
  { method: 'GET', path: '/userinfo' },
  { method: 'POST', path: '/userinfo' },
])('$method $path', ({ method, path }) => {
  function expectInvalid(answer: Answer, label: string): void {
    expectFailure(answer, 'problem', 401, 'invalid_token', label);
    expect(answer.headers.get('www-authenticate'), label).toBe(`${CHALLENGE}, error="invalid_token"`);
  }

  test('bearer: a request without a token is challenged, and told of no error', async () => {
    const { api } = await startService();
    const answer = await api.send(method, path);
    expectFailure(answer, 'problem', 401, 'token_missing');
    expect(answer.headers.get('www-authenticate')).toBe(CHALLENGE);
  });

  test('bearer: the scheme may be written in any case', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      const answer = await api.send(method, path, { headers: { Authorization: `${scheme} ${tokens.access_token}` } });
      expect(answer.status, scheme).toBe(200);
    }
  });

  test('bearer: anything but one well-formed token is invalid_token', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    const token = tokens.access_token;
    const malformed = [
      '',
      'Bearer',
      'Bearer ',
      `Bearer  ${token}`,
      `Bearer\t${token}`,
      `Bearer ${token} ${CANARY}`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer "${token}"`,
      `Bearer token="${token}"`,
      `Basic ${Buffer.from(`user1@example.com:${PASSWORD}`).toString('base64')}`,
      `DPoP ${token}`,
      token,
      `Bearer ${CANARY}`,
      `Bearer ${CANARY}%E0%A4`,
      `Bearer ${CANARY}\xFF\xFE`,
      `Bearer ${token}=`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${tokens.refresh_token}`,
      `Bearer ${'a.'.repeat(5000)}`,
    ];
    for (const value of malformed) {
      const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', `Authorization: ${value}`];
      expectInvalid(await exchange(api.baseUrl, lines), value);
    }
  });

  test('bearer: a header of 20 KB is too large for anybody to look at', async () => {
    const { api } = await startService();
    const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${'a'.repeat(20_000)}`];
    expect(await exchange(api.baseUrl, lines)).toMatchObject({ status: 431 });
    expect(await api.get('/livez')).toMatchObject({ status: 200 });
  });

  test('bearer: a token anywhere else than in the header is not looked at', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    const token = tokens.access_token;
    const query = await api.send(method, `${path}?access_token=${token}&token=${token}`);
    expectFailure(query, 'problem', 401, 'token_missing');
    const others = {
      Cookie: `access_token=${token}`,
      'X-Access-Token': token,
      'Proxy-Authorization': `Bearer ${token}`,
    };
    expectFailure(await api.send(method, path, { headers: others }), 'problem', 401, 'token_missing');
    if (method === 'GET') return;
    expectFailure(await api.form(path, { access_token: token }), 'problem', 401, 'token_missing');
    expectFailure(await api.post(path, { access_token: token }), 'problem', 401, 'token_missing');
  });

  test('bearer: the token alone says whose data it is', async () => {
    const { api } = await startService();
    const { user, tokens } = await api.signUp();
    const victim = (await api.signUp()).user;
    const names = ['user_id', 'userId', 'sub', 'id', 'email', 'username', 'session_id'];
    const claims = Object.fromEntries(names.map((name) => [name, name === 'email' ? victim.email : victim.id]));
    const target = `${path}?${new URLSearchParams(claims)}`;
    const headers = { ...bearer(tokens.access_token), 'X-User-Id': victim.id };
    const asked = await api.send(method, target, { headers });
    const told = method === 'POST' ? await api.post(target, claims, headers) : asked;
    for (const { body, text } of [asked, told]) {
      expect(body.sub ?? body.id).toBe(user.id);
      expect(text).not.toContain(victim.id);
    }
  });
});
