import { expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { startWithAdmin } from './administration.ts';

test('admin: people are listed in pages, and found by part of their address', async () => {
  const { api, token } = await startWithAdmin();
  for (const name of ['cleo', 'dora', 'emil']) await api.signUp({ email: `${name}@example.com` });
  const first = await api.get('/admin/users?limit=2', token);
  expect(first.body.users.map(({ email }: { email: string }) => email)).toEqual(['ada@example.com', 'bob@example.com']);
  const second = await api.get(`/admin/users?limit=2&cursor=${first.body.next_cursor}`, token);
  expect(second.body.users.map(({ email }: { email: string }) => email)).toEqual([
    'cleo@example.com',
    'dora@example.com',
  ]);
  const third = await api.get(`/admin/users?limit=2&cursor=${second.body.next_cursor}`, token);
  expect(third.body).toMatchObject({ users: [{ email: 'emil@example.com' }], next_cursor: null });
  const found = await api.get('/admin/users?query=BOB', token);
  expect(found.body.users).toMatchObject([{ email: 'bob@example.com' }]);
});

test('admin: somebody is disabled, and enabled again', async () => {
  const { api, token, bob } = await startWithAdmin();
  const disabled = await api.patch(`/admin/users/${bob.user.id}`, { disabled: true }, token);
  expect(disabled).toMatchObject({ status: 200, body: { disabled: true } });
  expect((await api.tryRefresh(bob.tokens.refresh_token)).body).toMatchObject({ reason: 'user_disabled' });
  await api.patch(`/admin/users/${bob.user.id}`, { disabled: false }, token);
  await api.signIn('bob@example.com');
});

test('admin: the last one stays', async () => {
  const { api, token, ada } = await startWithAdmin();
  for (const answer of [
    await api.patch(`/admin/users/${ada.id}`, { roles: [] }, token),
    await api.patch(`/admin/users/${ada.id}`, { disabled: true }, token),
    await api.del(`/admin/users/${ada.id}`, {}, token),
  ]) {
    expect(answer).toMatchObject({ status: 409, body: { code: 'last_admin' } });
  }
});

test('admin: nobody acts upwards', async () => {
  const { api, token, ada, bob } = await startWithAdmin();
  const role = { name: 'support', scopes: ['users:read', 'users:write', 'roles:write'] };
  expect((await api.post('/admin/roles', role, { Authorization: `Bearer ${token}` })).status).toBe(201);
  expect((await api.patch(`/admin/users/${bob.user.id}`, { roles: ['support'] }, token)).status).toBe(200);
  const { access_token: support } = await api.signIn('bob@example.com', {
    scope: 'users:read users:write roles:write',
  });
  const refusals = [
    await api.patch(`/admin/users/${ada.id}`, { disabled: true }, support),
    await api.patch(`/admin/users/${bob.user.id}`, { roles: ['admin'] }, support),
    await api.patch('/admin/roles/support', { scopes: ['clients:write'] }, support),
    await api.del(`/admin/users/${ada.id}`, {}, support),
  ];
  for (const answer of refusals) expect(answer).toMatchObject({ status: 403, body: { code: 'insufficient_power' } });
});

test('admin: a role that is taken away is gone at the next call', async () => {
  const { api, token, ada, bob, database } = await startWithAdmin();
  await api.patch(`/admin/users/${bob.user.id}`, { roles: ['admin'] }, token);
  await database.em.fork().nativeUpdate(User, { id: ada.id }, { roles: ['user'] });
  expect(await api.get('/admin/users', token)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
});

test('admin: a client is registered, gets another secret, and is taken away', async () => {
  const { api, token } = await startWithAdmin();
  const auth = { Authorization: `Bearer ${token}` };
  const registration = { id: 'reports', name: 'Reports', type: 'confidential', grants: ['client_credentials'] };
  const { status, body, headers } = await api.post('/admin/clients', registration, auth);
  expect({ status, location: headers.get('location') }).toEqual({ status: 201, location: '/admin/clients/reports' });
  const ask = async (client_secret: string) =>
    (await api.form('/token', { grant_type: 'client_credentials', client_id: 'reports', client_secret })).status;
  expect(await ask(body.client_secret)).toBe(200);
  expect(await api.post('/admin/clients', registration, auth)).toMatchObject({ status: 409 });
  const second = (await api.post('/admin/clients/reports/secrets', {}, auth)).body.client_secret;
  expect([await ask(body.client_secret), await ask(second)]).toEqual([200, 200]);
  await api.del('/admin/clients/reports/secrets', {}, token);
  expect([await ask(body.client_secret), await ask(second)]).toEqual([401, 200]);
  expect((await api.get('/admin/clients', token)).body.clients).toMatchObject([{ id: 'reports', disabled: false }]);
  expect((await api.del('/admin/clients/reports', {}, token)).status).toBe(204);
  expect(await ask(second)).toBe(401);
});

test('admin: what was done is in the audit trail, with who did it', async () => {
  const { api, token, ada, bob } = await startWithAdmin();
  await api.patch(`/admin/users/${bob.user.id}`, { disabled: true }, token);
  const { body } = await api.get(`/admin/audit-events?type=user.disabled&user_id=${bob.user.id}`, token);
  expect(body.events).toMatchObject([{ user_id: bob.user.id, details: { by: ada.id } }]);
});

test('admin: a cursor that was altered, or is another list’s, is refused', async () => {
  const { api, token } = await startWithAdmin();
  const { next_cursor } = (await api.get('/admin/users?limit=1', token)).body;
  for (const [list, cursor] of [
    ['users', `${next_cursor}x`],
    ['users', 'x'],
    ['users', next_cursor.slice(1)],
    ['clients', next_cursor],
  ]) {
    expect((await api.get(`/admin/${list}?cursor=${cursor}`, token)).status, cursor).toBe(400);
  }
});
