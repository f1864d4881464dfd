// What administrators do to clients.
import { describe, expect, test } from 'vitest';
import { readTables } from '../accounts/mailbox.ts';
import { basic } from '../clients/credentials.ts';
import { PASSWORD } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { expectFailure } from '../http/failures.ts';
import { type Administered, startWithAdmin, trail } from './administration.ts';

const program = { id: 'reports', name: 'Reports', type: 'confidential', grants: ['client_credentials'] };
const app = { id: 'notes', name: 'Notes', type: 'public', first_party: true, grants: ['password', 'refresh_token'] };

const ask = async ({ api }: Administered, secret: string) =>
  (await api.form('/token', { grant_type: 'client_credentials' }, basic(program.id, secret))).status;

test('admin: a client that is registered is shown as it is, without its secret', async () => {
  const world = await startWithAdmin();
  const { admin, clock } = world;
  const at = clock.now().toISOString();
  const { body } = await admin.post('/admin/clients', { ...program, scopes: ['notes:read'], access_token_seconds: 60 });
  const client = {
    ...program,
    first_party: false,
    scopes: ['notes:read'],
    audiences: [],
    cors_origins: [],
    jwks: null,
    access_token_seconds: 60,
    secrets_since: [at],
    disabled: false,
    created_at: at,
    updated_at: at,
  };
  expect(body).toEqual({ client, client_secret: expect.stringMatching(/^[\w-]{43}$/) });
  expect((await admin.get('/admin/clients/reports')).body).toEqual(client);
  expect((await admin.get('/admin/clients')).body.clients).toEqual([client]);
});

test('admin: a secret is shown once, and is nowhere else', async () => {
  const lines: string[] = [];
  const world = await startWithAdmin({ onLog: (line) => lines.push(line) });
  const { admin } = world;
  const secrets = [
    (await admin.post('/admin/clients', program)).body.client_secret,
    (await admin.post('/admin/clients/reports/secrets')).body.client_secret,
  ];
  const answers = [
    await admin.get('/admin/clients'),
    await admin.get('/admin/clients/reports'),
    await admin.patch('/admin/clients/reports', { name: 'Other' }),
    await admin.get('/admin/audit-events?limit=200'),
    await admin.del('/admin/clients/reports/secrets'),
  ];
  const everything = JSON.stringify([answers.map(({ text }) => text), await readTables(world), lines]);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(everything).not.toContain(secret);
  }
  expect(JSON.stringify(answers.map(({ text }) => text))).not.toMatch(/digest/);
});

test('admin: of three secrets the two newest are good, and then the newest alone', async () => {
  const world = await startWithAdmin();
  const { admin } = world;
  const first = (await admin.post('/admin/clients', program)).body.client_secret;
  const second = (await admin.post('/admin/clients/reports/secrets')).body.client_secret;
  const third = (await admin.post('/admin/clients/reports/secrets')).body.client_secret;
  expect([await ask(world, first), await ask(world, second), await ask(world, third)]).toEqual([401, 200, 200]);
  await admin.del('/admin/clients/reports/secrets');
  expect([await ask(world, second), await ask(world, third)]).toEqual([401, 200]);
});

test('admin: a public client has no secret, and gets none', async () => {
  const world = await startWithAdmin();
  const { admin } = world;
  expect((await admin.post('/admin/clients', app)).body).toMatchObject({
    client_secret: null,
    client: { secrets_since: [] },
  });
  const before = await readTables(world);
  expectFailure(await admin.post('/admin/clients/notes/secrets'), 'problem', 400, 'unauthorized_client');
  expect(await readTables(world)).toEqual(before);
});

describe('disabling and deleting', () => {
  async function startWithBoth() {
    const world = await startWithAdmin();
    const { admin, api, bob } = world;
    const { client_secret: secret } = (await admin.post('/admin/clients', { ...program, scopes: ['users:read'] })).body;
    await admin.post('/admin/clients', app);
    const { body } = await api.form('/token', { grant_type: 'client_credentials' }, basic(program.id, secret));
    const tokens = await api.signIn(bob.user.email, { client_id: app.id });
    return { ...world, world, secret, token: body.access_token, tokens };
  }

  test.each([
    ['disabled', (world: Administered, id: string) => world.admin.patch(`/admin/clients/${id}`, { disabled: true })],
    ['deleted', (world: Administered, id: string) => world.admin.del(`/admin/clients/${id}`)],
  ] as const)('admin: whoever came by a client that is %s is out, and so is the client', async (_, act) => {
    const { world, api, bob, secret, token, tokens } = await startWithBoth();
    expect([(await api.get('/admin/users', token)).status, await ask(world, secret)]).toEqual([200, 200]);
    for (const id of [program.id, app.id]) expect((await act(world, id)).status).toBeLessThan(300);
    expectFailure(await api.get('/admin/users', token), 'problem', 401, 'invalid_token');
    expectFailure(await api.get('/me', tokens.access_token), 'problem', 401, 'invalid_token');
    expect(await ask(world, secret)).toBe(401);
    const refreshed = await api.tryRefresh(tokens.refresh_token, { client: app.id });
    expect(refreshed).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    await expect(api.signIn(bob.user.email, { client_id: app.id })).rejects.toMatchObject({ error: 'invalid_client' });
    expect((await api.get('/me', bob.tokens.access_token)).status).toBe(200);
  });

  test('admin: a client that is enabled again is let in, and its users have to sign in again', async () => {
    const { world, admin, api, secret, token, tokens } = await startWithBoth();
    for (const disabled of [true, false]) {
      for (const id of [program.id, app.id]) {
        expect((await admin.patch(`/admin/clients/${id}`, { disabled })).body).toMatchObject({ id, disabled });
      }
    }
    expect([(await api.get('/admin/users', token)).status, await ask(world, secret)]).toEqual([200, 200]);
    const refreshed = await api.tryRefresh(tokens.refresh_token, { client: app.id });
    expect(refreshed).toMatchObject({ status: 400, body: { reason: 'client_disabled' } });
  });

  test('admin: a client that is deleted is not found, and its name is free', async () => {
    const { admin } = await startWithBoth();
    await admin.del('/admin/clients/reports');
    expectFailure(await admin.get('/admin/clients/reports'), 'problem', 404, 'client_unknown');
    expectFailure(await admin.del('/admin/clients/reports'), 'problem', 404, 'client_unknown');
    expect((await admin.post('/admin/clients', program)).status).toBe(201);
  });
});

test('admin: what a change does not name stays', async () => {
  const { admin, clients, clock, database } = await startWithAdmin();
  await clients.register(database.em.fork(), { ...secondClient, accessTokenSeconds: 90 });
  const path = `/admin/clients/${secondClient.id}`;
  const { body: before } = await admin.get(path);
  clock.advance({ seconds: 1 });
  const updated_at = clock.now().toISOString();
  const changes = [
    { name: 'Other' },
    { scopes: [] },
    { audiences: ['urn:other'] },
    { disabled: true },
    { disabled: false },
    {},
  ];
  let expected = { ...before, updated_at };
  for (const change of changes) {
    expected = { ...expected, ...change };
    expect((await admin.patch(path, change)).body).toEqual(expected);
    expect((await admin.get(path)).body).toEqual(expected);
  }
});

test('admin: every act leaves one event, and one that is refused leaves none', async () => {
  const world = await startWithAdmin();
  const { admin, ada } = world;
  await admin.post('/admin/clients', program);
  await admin.post('/admin/clients', program);
  await admin.patch('/admin/clients/reports', { name: 'Other' });
  await admin.patch('/admin/clients/reports', { id: 'other' });
  await admin.post('/admin/clients/reports/secrets');
  await admin.del('/admin/clients/nothing');
  await admin.del('/admin/clients/reports');
  const kinds = ['registered', 'changed', 'secret_rotated', 'deleted'];
  const expected = kinds.map((kind) => ({ type: `client.${kind}`, by: ada.id }));
  expect(await trail(admin)).toEqual(expected);
  expect(await trail(admin, '&client_id=reports')).toEqual(expected);
});

test('admin: that a client is disabled or enabled can be looked for', async () => {
  const { admin } = await startWithAdmin();
  await admin.post('/admin/clients', program);
  for (const disabled of [true, false]) await admin.patch('/admin/clients/reports', { disabled });
  expect((await trail(admin)).map(({ type }) => type)).toEqual([
    'client.registered',
    'client.disabled',
    'client.enabled',
  ]);
});

test('admin: the client that is built in is none of those that can be changed', async () => {
  const { admin, api } = await startWithAdmin();
  const path = '/admin/clients/first-party';
  for (const answer of [
    await admin.get(path),
    await admin.patch(path, { disabled: true }),
    await admin.del(path),
    await admin.post(`${path}/secrets`),
  ]) {
    expectFailure(answer, 'problem', 404, 'client_unknown');
  }
  expectFailure(await admin.post('/admin/clients', { ...app, id: 'first-party' }), 'problem', 409, 'client_taken');
  await api.signIn('bob@example.com', { password: PASSWORD });
});
