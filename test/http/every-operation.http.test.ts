// Every operation, with a secret in every place that a request has: none of them may be found anywhere afterwards.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { theService } from '../../src/platform/origin.ts';
import { acting, startProgram, startWithAdmin } from '../admin/administration.ts';
import { basic } from '../clients/credentials.ts';
import { type Answer, bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { memberNames } from '../harness/schema-members.ts';

const METRICS_TOKEN = 'token-of-the-monitoring';

async function start() {
  const service = await startWithAdmin({ env: { METRICS_TOKEN } });
  const { api, canaries, deliverMails, letters } = service;
  const program = await startProgram(service, 'program', []);

  /** Something that must be found nowhere. */
  function canary(place: string): string {
    const value = randomUUID();
    canaries.add(place, value);
    return value;
  }

  /** Somebody who has just signed up. */
  async function somebody() {
    const [email, password] = [`${randomUUID()}@example.com`, canary('password')];
    const { tokens, user } = await api.signUp({ email, password });
    return { ...user, email, password, tokens, token: tokens.access_token, ...acting(api, tokens.access_token) };
  }

  async function codeTo(email: string, subject: RegExp): Promise<string> {
    await deliverMails();
    return codeIn(letterTo(letters, email, subject));
  }

  return { ...service, program, canary, somebody, codeTo };
}

type World = Awaited<ReturnType<typeof start>>;
type Call = (world: World) => Promise<Answer>;

const get =
  (path: string): Call =>
  ({ api }) =>
    api.get(path);

/** Each as it should be. */
const right: Record<string, Call> = {
  createToken: async ({ api, somebody }) => {
    const { email, password } = await somebody();
    const { refresh_token } = await api.signIn(email, { password });
    return api.tryRefresh(refresh_token, { key: randomUUID() });
  },
  revokeToken: async ({ api, somebody }) => api.form('/revoke', { token: (await somebody()).tokens.refresh_token }),
  introspectToken: ({ api, program, token }) => api.form('/introspect', { token }, basic(program.id, program.secret)),
  logOut: async ({ api, somebody }) => {
    const { tokens } = await somebody();
    return api.post('/logout', { refresh_token: tokens.refresh_token }, bearer(tokens.access_token));
  },
  signUp: ({ api, canary }) => api.post('/signup', { email: 'eve@example.com', password: canary('password') }),
  updateMe: async ({ somebody }) => (await somebody()).patch('/me', { given_name: 'Eve' }),
  deleteMe: async ({ api, somebody }) => {
    const { password, token } = await somebody();
    return api.del('/me', { password }, token);
  },
  changePassword: async ({ api, canary, somebody }) => {
    const { password, token } = await somebody();
    return api.put('/me/password', { current_password: password, new_password: canary('password') }, token);
  },
  changeEmail: async ({ api, somebody }) => {
    const { password, token } = await somebody();
    return api.put('/me/email', { email: `${randomUUID()}@elsewhere.example`, password }, token);
  },
  requestEmailVerification: async ({ api, somebody }) =>
    api.post('/email-verification', { email: (await somebody()).email }),
  verifyEmail: async ({ api, codeTo, somebody }) => {
    const { email, password } = await somebody();
    return api.post('/email-verification/confirm', { code: await codeTo(email, /./), password });
  },
  requestPasswordReset: async ({ api, somebody }) => api.post('/password-reset', { email: (await somebody()).email }),
  resetPassword: async ({ api, canary, codeTo, somebody }) => {
    const { email } = await somebody();
    await api.post('/password-reset', { email });
    const code = await codeTo(email, /password/i);
    return api.post('/password-reset/confirm', { code, password: canary('password') });
  },
  getMe: async ({ somebody }) => (await somebody()).get('/me'),
  getUserInfo: async ({ somebody }) => (await somebody()).get('/userinfo'),
  postUserInfo: async ({ somebody }) => (await somebody()).post('/userinfo'),
  listSessions: async ({ somebody }) => (await somebody()).get('/me/sessions'),
  endSession: async ({ somebody }) => {
    const { del, tokens } = await somebody();
    return del(`/me/sessions/${tokens.session_id}`);
  },
  listKeys: ({ admin }) => admin.get('/admin/keys'),
  rotateKeys: ({ admin }) => admin.post('/admin/keys'),
  revokeKey: async ({ admin, keys }) => {
    const { kid } = await keys.rotate(theService()); // not the one that has signed the tokens here
    return admin.del(`/admin/keys/${kid}`);
  },
  getMetrics: ({ api }) => api.get('/metrics', METRICS_TOKEN),
  listUsers: ({ admin }) => admin.get('/admin/users?query=example.com'),
  createUser: ({ admin }) => admin.post('/admin/users', { email: 'zoe@example.com' }),
  getUser: ({ admin, bob }) => admin.get(`/admin/users/${bob.user.id}`),
  updateUser: ({ admin, bob }) => admin.patch(`/admin/users/${bob.user.id}`, { disabled: false }),
  deleteUser: async ({ admin, somebody }) => admin.del(`/admin/users/${(await somebody()).id}`),
  endUserSessions: async ({ admin, somebody }) => admin.del(`/admin/users/${(await somebody()).id}/sessions`),
  sendPasswordReset: async ({ admin, somebody }) => admin.post(`/admin/users/${(await somebody()).id}/password-reset`),
  listClients: ({ admin }) => admin.get('/admin/clients'),
  registerClient: ({ admin }) => {
    const { id, name, type, grants } = backend;
    return admin.post('/admin/clients', { id, name, type, grants });
  },
  getClient: ({ admin }) => admin.get(`/admin/clients/${backend.id}`),
  updateClient: ({ admin }) => admin.patch(`/admin/clients/${backend.id}`, { name: 'Notes' }),
  addClientSecret: async ({ admin, api }) => {
    const answer = await admin.post(`/admin/clients/${backend.id}/secrets`);
    const { client_secret } = answer.body;
    const used = await api.form('/token', { grant_type: 'client_credentials', client_id: backend.id, client_secret });
    expect(used.status).toBe(200);
    return answer;
  },
  dropOldClientSecrets: ({ admin }) => admin.del(`/admin/clients/${backend.id}/secrets`),
  deleteClient: ({ admin }) => admin.del(`/admin/clients/${backend.id}`),
  listRoles: ({ admin }) => admin.get('/admin/roles'),
  createRole: ({ admin }) => admin.post('/admin/roles', { name: 'editor' }),
  updateRole: ({ admin }) => admin.patch('/admin/roles/editor', { description: 'Writes' }),
  deleteRole: ({ admin }) => admin.del('/admin/roles/editor'),
  listAuditEvents: ({ admin }) => admin.get('/admin/audit-events'),
  authorizeForward: async ({ somebody }) => (await somebody()).get('/forward-auth'),
  getJwks: get('/.well-known/jwks.json'),
  getServerMetadata: get('/.well-known/oauth-authorization-server'),
  getOpenIdConfiguration: get('/.well-known/openid-configuration'),
  getLiveness: get('/livez'),
  getReadiness: get('/readyz'),
  getOpenApiJson: get('/openapi.json'),
  getOpenApiYaml: get('/openapi.yaml'),
};

const jsonType = { 'Content-Type': 'application/json' };
const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };

type Message = Pick<RequestInit, 'body'> & { readonly headers: Record<string, string> };

function namesIn(schema: z.ZodType | undefined): string[] {
  return schema ? memberNames(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) : [];
}

/** What the operation reads, and something that it does not know, with a canary as the value of each. */
function filled(schema: z.ZodType | undefined, canary: World['canary'], place: string): Record<string, string> {
  return Object.fromEntries([...namesIn(schema), 'unknown'].map((name) => [name, canary(`${place} ${name}`)]));
}

/** None is what an operation wants: each has something in it that is wrong. */
function wrongBodies({ body }: Endpoint, canary: World['canary']): Message[] {
  const members = (place: string) => filled(body, canary, place);
  const deep = Object.entries(members('nested')).map(([name, value]) => [name, { [value]: [value] }]);
  return [
    { headers: {} },
    { headers: jsonType, body: JSON.stringify(members('JSON')) },
    { headers: jsonType, body: JSON.stringify(Object.fromEntries(deep)) },
    { headers: jsonType, body: JSON.stringify(members('broken JSON')).slice(0, -1) },
    { headers: jsonType, body: `${canary('no JSON')}{` },
    { headers: jsonType, body: JSON.stringify({ [canary('name')]: 1, more: canary('value').repeat(1000) }) },
    { headers: formType, body: new URLSearchParams(members('form')) },
    { headers: { 'Content-Type': `text/${canary('type')}` }, body: canary('text') },
  ];
}

/** Not User-Agent: a session is told by it, and shows it. */
const fields = [
  'Cookie',
  'Referer',
  'X-Forwarded-For',
  'Forwarded',
  'Idempotency-Key',
  'X-Request-Id',
  'If-None-Match',
];

function withFields(message: Message, more: Record<string, string>): Message {
  return { ...message, headers: { ...message.headers, ...more } };
}

function wrongMessages(endpoint: Endpoint, { canary, token }: World): (Message & { readonly target: string })[] {
  const authorizations = [
    bearer(canary('Bearer')),
    basic(canary('client'), canary('secret')),
    { Authorization: canary('scheme') },
    { Authorization: `Basic ${canary('no pair')}` },
  ];
  const bodies = wrongBodies(endpoint, canary);
  const [, members = { headers: {} }] = bodies;
  const messages = [
    ...bodies,
    ...bodies.map((message) => withFields(message, bearer(token))),
    ...authorizations.map((authorization) => withFields(members, authorization)),
  ];
  return messages.map(({ headers, body }) => ({
    target: `${pathOf(endpoint, canary)}?${new URLSearchParams(filled(endpoint.query, canary, 'query'))}`,
    headers: {
      ...Object.fromEntries(fields.map((name) => [name, canary(name)])),
      Origin: `https://${canary('Origin')}.example`,
      ...headers,
    },
    ...(endpoint.method !== 'get' && { body }),
  }));
}

/** A canary has the form of an identifier, and so gets as far as one that is not there. */
function pathOf({ path }: Endpoint, canary: World['canary']): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => canary(name));
}

async function callWrongly(world: World): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const endpoint of world.endpoints) {
    const messages = wrongMessages(endpoint, world);
    const method = endpoint.method.toUpperCase();
    const call = ({ target, ...init }: (typeof messages)[number]) => world.api.send(method, target, init);
    answers.push(...(await Promise.all(messages.map(call))));
  }
  return answers;
}

describe('secrets in every place', { timeout: 240_000 }, () => {
  test('secrets: of every operation there is, it is known how to call it', async () => {
    const { endpoints } = await start();
    expect(Object.keys(right).toSorted()).toEqual(endpoints.map(({ operationId }) => operationId).toSorted());
  });

  test('secrets: everything goes well, and none is found anywhere', async () => {
    const world = await start();
    for (const [operation, call] of Object.entries(right)) {
      const { status, text } = await call(world);
      expect(status, `${operation} ${text}`).toBeLessThan(300);
    }
    await world.deliverMails();
    await world.stop();
  });

  test('secrets: everything is asked wrongly, and none is found anywhere', async () => {
    const world = await start();
    const answers = await callWrongly(world);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(answers.filter(({ status }) => status >= 400).length).toBeGreaterThan(answers.length / 2);
    await world.stop();
  });

  test('secrets: everything is asked of a database that has lost its tables, and none is found anywhere', async () => {
    const world = await start();
    const { database } = world;
    for (const table of ['sessions', 'users', 'clients', 'roles', 'audit_events', 'one_time_codes', 'outbox_mails']) {
      await database.em.execute(`drop table ${table}`);
    }
    const answers = await callWrongly(world);
    expect(answers.filter(({ status }) => status === 500).length).toBeGreaterThan(0);
    await world.stop();
  });
});
