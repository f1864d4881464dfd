// Every operation, and everybody who could call it. The table below is held against the operations that there are.
import { describe, expect, test } from 'vitest';
import { type Answer, bearer } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { ALL, giveRoles, startPerson, startProgram, startWithAdmin } from './administration.ts';

/** No access token is looked at. */
const open = [
  ...['requestEmailVerification', 'verifyEmail', 'requestPasswordReset', 'resetPassword'],
  ...['getJwks', 'getServerMetadata', 'getOpenIdConfiguration', 'getOpenApiJson', 'getOpenApiYaml'],
  ...['getLiveness', 'getReadiness'],
];

/** These ask who the client is, and an access token does not say it. */
const forClients = ['createToken', 'revokeToken', 'introspectToken', 'signUp'];

/** By a token of the deployment's own, and by no access token. */
const forMonitoring = ['getMetrics'];

/** An access token helps here, and nobody has to have one. */
const forWhomever = ['logOut'];

/** Whoever has a token that is good is told whose it is, a client that speaks for itself too. */
const forAnyToken = ['authorizeForward'];

/** What somebody who is let in is answered when the request says nothing more. */
const forPeople: Record<string, number> = {
  getMe: 200,
  updateMe: 200,
  deleteMe: 400,
  changePassword: 400,
  changeEmail: 400,
  listSessions: 200,
  endSession: 404,
  getUserInfo: 200,
  postUserInfo: 200,
};

/** The scope, and what somebody who has it is answered when the request says nothing more of something unknown. */
const administration: Record<string, readonly [scope: string, status: number]> = {
  listUsers: ['users:read', 200],
  getUser: ['users:read', 404],
  createUser: ['users:write', 400],
  updateUser: ['users:write', 404],
  deleteUser: ['users:write', 404],
  endUserSessions: ['users:write', 404],
  sendPasswordReset: ['users:write', 404],
  listClients: ['clients:read', 200],
  getClient: ['clients:read', 404],
  registerClient: ['clients:write', 400],
  updateClient: ['clients:write', 404],
  deleteClient: ['clients:write', 404],
  addClientSecret: ['clients:write', 404],
  dropOldClientSecrets: ['clients:write', 404],
  listRoles: ['roles:read', 200],
  createRole: ['roles:write', 400],
  updateRole: ['roles:write', 404],
  deleteRole: ['roles:write', 404],
  listKeys: ['keys:read', 200],
  rotateKeys: ['keys:write', 201],
  revokeKey: ['keys:write', 404],
  listAuditEvents: ['audit:read', 200],
};

const scopes = ALL.split(' ');
const allBut = (scope: string) => scopes.filter((one) => one !== scope);
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** With everybody who could call but for reasons of scope: each by a token that was good for everything once. */
async function start() {
  const service = await startWithAdmin();
  const { api, admin, bob, endpoints } = service;
  const [demoted, disabled, ended] = [
    await startPerson(service, 'demoted', scopes),
    await startPerson(service, 'disabled', scopes),
    await startPerson(service, 'ended', scopes),
  ];
  await giveRoles(service, demoted.id, 'user');
  await admin.patch(`/admin/users/${disabled.id}`, { disabled: true });
  await ended.del(`/me/sessions/${ended.tokens.session_id}`);
  const { access_token: unscoped } = await api.signIn('ada@example.com');

  /** Something of the form that the path asks for, which is not there; and nothing in the body. */
  async function call(operation: string, token: string | null): Promise<Answer> {
    const endpoint = endpoints.find(({ operationId }) => operationId === operation);
    if (!endpoint) throw new Error(`There is no operation ${operation}.`);
    const path = endpoint.path.replace(/:(user_id|session_id)/, NOBODY).replace(/:(client_id|role|kid)/, 'nothing');
    return api.send(endpoint.method.toUpperCase(), path, { headers: token === null ? {} : bearer(token) });
  }

  const dead = { 'somebody disabled': disabled.token, 'an ended session': ended.token };
  const program = await startProgram(service, 'program', scopes);
  const people = {
    'a user': bob.tokens.access_token,
    'an admin without the scope': unscoped,
    'somebody demoted': demoted.token,
  };
  const everybody = [...Object.values(dead), ...Object.values(people), service.token, program.token];
  return { ...service, service, call, dead, people, program, everybody };
}

const challenge = ({ headers }: Answer) => headers.get('www-authenticate');

function expectDead(answer: Answer, label: string): void {
  expectFailure(answer, 'problem', 401, 'invalid_token', label);
  expect(challenge(answer), label).toBe('Bearer realm="latchkey", error="invalid_token"');
}

function expectTooNarrow(answer: Answer, scope: string | null, label: string): void {
  const named = scope === null ? '' : `, scope="${scope}"`;
  expectFailure(answer, 'problem', 403, 'insufficient_scope', label);
  expect(challenge(answer), label).toBe(`Bearer realm="latchkey", error="insufficient_scope"${named}`);
}

function expectNoToken(answer: Answer): void {
  expectFailure(answer, 'problem', 401, 'token_missing');
  expect(challenge(answer)).toBe('Bearer realm="latchkey"');
}

test('admin: every operation there is, it is known who may call it', async () => {
  const { endpoints } = await startService();
  const known = [
    ...open,
    ...forClients,
    ...forMonitoring,
    ...forWhomever,
    ...forAnyToken,
    ...Object.keys(forPeople),
    ...Object.keys(administration),
  ];
  expect(endpoints.map(({ operationId }) => operationId).toSorted()).toEqual(known.toSorted());
});

test('admin: every operation below /admin/ asks for a scope, and no other does', async () => {
  const { endpoints } = await startService();
  const below = endpoints.filter(({ path }) => path.startsWith('/admin/')).map(({ operationId }) => operationId);
  expect(below.toSorted()).toEqual(Object.keys(administration).toSorted());
});

test('admin: what only reads asks for a scope to read, and what writes for one to write', async () => {
  const { endpoints } = await startService();
  for (const [operation, [scope]] of Object.entries(administration)) {
    const method = endpoints.find(({ operationId }) => operationId === operation)?.method;
    expect(scope.split(':')[1], operation).toBe(method === 'get' ? 'read' : 'write');
  }
});

describe('open', () => {
  test.each(open)('admin: %s is answered the same, whatever token is brought', async (operation) => {
    const { call, everybody } = await start();
    const without = await call(operation, null);
    expect([200, 400], without.text).toContain(without.status);
    for (const one of everybody) expect(withoutId(await call(operation, one))).toEqual(withoutId(without));
  });

  test.each(forMonitoring)('admin: %s takes no access token', async (operation) => {
    const { call, everybody } = await start();
    for (const one of everybody) expectDead(await call(operation, one), operation);
  });

  test.each(forClients)('admin: %s takes no access token for the proof of a client', async (operation) => {
    const { call, everybody } = await start();
    for (const one of everybody) {
      expectFailure(await call(operation, one), operation === 'signUp' ? 'problem' : 'oauth', 401, 'invalid_client');
    }
  });

  test.each(forWhomever)('admin: %s is open to everybody, and ends only what is one’s own', async (operation) => {
    const { api, call, dead, people, program, token } = await start();
    expect((await call(operation, null)).status).toBe(400);
    for (const one of [...Object.values(dead), program.token, people['a user']]) {
      expect((await call(operation, one)).status).toBe(204);
    }
    expect((await api.get('/me', token)).status).toBe(200);
  });
});

describe('for people', () => {
  test.each(Object.entries(forPeople))('admin: %s is for people in a live session', async (operation, status) => {
    const { call, dead, people, program, token } = await start();
    expectNoToken(await call(operation, null));
    expectTooNarrow(await call(operation, program.token), null, 'a client');
    for (const [who, one] of Object.entries(dead)) expectDead(await call(operation, one), who);
    for (const one of [...Object.values(people), token]) expect((await call(operation, one)).status).toBe(status);
  });
});

describe('administration', () => {
  const operations = Object.entries(administration).map(([operation, [scope, status]]) => ({
    operation,
    scope,
    status,
  }));

  test.each(operations)('admin: $operation is for whoever has $scope', async ({ operation, scope, status }) => {
    const { api, service, call, dead, people, token } = await start();
    const without = await startProgram(service, 'without', allBut(scope));
    const within = await startProgram(service, 'within', [scope]);
    const { access_token: narrow } = await api.signIn('ada@example.com', { scope });
    expectNoToken(await call(operation, null));
    for (const [who, one] of Object.entries(dead)) expectDead(await call(operation, one), who);
    for (const [who, one] of Object.entries(people)) expectTooNarrow(await call(operation, one), scope, who);
    const { access_token: others } = await api.signIn('ada@example.com', { scope: allBut(scope).join(' ') });
    for (const one of [without.token, others]) expectTooNarrow(await call(operation, one), scope, 'all but the scope');
    for (const one of [token, narrow, within.token]) expect((await call(operation, one)).status).toBe(status);
  });

  test('admin: a client that is disabled is let in nowhere', async () => {
    const { admin, call, program } = await start();
    await admin.patch('/admin/clients/program', { disabled: true });
    for (const { operation } of operations) expectDead(await call(operation, program.token), operation);
  });
});

/** An identifier and the time are of the request, and some answers name them. */
function withoutId({ status, body }: Answer) {
  return { status, body: body instanceof Object ? { ...body, request_id: null } : body };
}
