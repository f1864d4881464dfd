// What administrators do to roles.
import { expect, test } from 'vitest';
import { adminScopes } from '../../src/roles/roles.ts';
import { readTables } from '../accounts/mailbox.ts';
import { expectFailure } from '../http/failures.ts';
import { startPerson, startWithAdmin, trail } from './administration.ts';

const role = { name: 'editor', description: 'Writes', scopes: ['notes:read', 'notes:write'] };
const builtIn = { name: 'admin', description: expect.any(String), scopes: [...adminScopes] };
const NUL = 'a\u0000b';

test('admin: a role is made, changed in part, and taken away', async () => {
  const { admin } = await startWithAdmin();
  const list = async () => (await admin.get('/admin/roles')).body.roles;
  expect(await list()).toEqual([builtIn]);
  expect(await admin.post('/admin/roles', role)).toMatchObject({ status: 201, body: role });
  expect(await list()).toEqual([builtIn, role]);
  expect((await admin.patch('/admin/roles/editor', { scopes: ['notes:read'] })).status).toBe(204);
  expect(await list()).toEqual([builtIn, { ...role, scopes: ['notes:read'] }]);
  expect((await admin.patch('/admin/roles/editor', { description: '' })).status).toBe(204);
  expect(await list()).toEqual([builtIn, { name: 'editor', description: '', scopes: ['notes:read'] }]);
  expect((await admin.patch('/admin/roles/editor', {})).status).toBe(204);
  expect((await admin.del('/admin/roles/editor')).status).toBe(204);
  expect(await list()).toEqual([builtIn]);
});

test('admin: a role with a name alone gives nothing', async () => {
  const { admin } = await startWithAdmin();
  expect((await admin.post('/admin/roles', { name: 'reader' })).body).toEqual({
    name: 'reader',
    description: '',
    scopes: [],
  });
});

test('admin: the role of everybody can be made, and gives its scopes to everybody at once', async () => {
  const { admin, api, bob } = await startWithAdmin();
  const scope = 'clients:read';
  expect((await api.signIn(bob.user.email, { scope })).scope).toBe('');
  expect((await admin.post('/admin/roles', { name: 'user', scopes: [scope] })).status).toBe(201);
  const { access_token } = await api.signIn(bob.user.email, { scope });
  expect((await api.get('/admin/clients', access_token)).status).toBe(200);
  await admin.del('/admin/roles/user');
  expectFailure(await api.get('/admin/clients', access_token), 'problem', 403, 'insufficient_scope');
});

test('admin: a role that is changed or taken away is so for those who have it, at once', async () => {
  const world = await startWithAdmin();
  const { admin } = world;
  const cleo = await startPerson(world, 'reader', ['users:read', 'clients:read']);
  const statuses = async () => [(await cleo.get('/admin/users')).status, (await cleo.get('/admin/clients')).status];
  expect(await statuses()).toEqual([200, 200]);
  await admin.patch('/admin/roles/reader', { scopes: ['users:read'] });
  expect(await statuses()).toEqual([200, 403]);
  await admin.del('/admin/roles/reader');
  expect(await statuses()).toEqual([403, 403]);
  expect((await cleo.get('/me')).body.roles).toEqual(['user', 'reader']);
});

test('admin: the role that is built in is not made, changed or taken away', async () => {
  const world = await startWithAdmin();
  const { admin } = world;
  const before = await readTables(world);
  expectFailure(await admin.post('/admin/roles', { name: 'admin' }), 'problem', 409, 'role_taken');
  expectFailure(await admin.patch('/admin/roles/admin', { scopes: [] }), 'problem', 404, 'not_found');
  expectFailure(await admin.patch('/admin/roles/admin', { description: 'Mine' }), 'problem', 404, 'not_found');
  expectFailure(await admin.del('/admin/roles/admin'), 'problem', 404, 'not_found');
  expect(await readTables(world)).toEqual(before);
  expect((await admin.get('/admin/roles')).body.roles).toEqual([builtIn]);
});

const refused: [object, string][] = [
  [{}, '/name'],
  ...['', 'Editor', '1st', '-a', 'a b', 'a/b', 'a"b', 'editor\n', NUL, '\u00e9', 'a'.repeat(65)].map(
    (name): [object, string] => [{ ...role, name }, '/name'],
  ),
  ...['', 'a b', 'a"b', 'a\\b', NUL, '\u00e9', 'a'.repeat(101)].map((scope): [object, string] => [
    { ...role, scopes: ['a', scope] },
    '/scopes/1',
  ]),
  [{ ...role, scopes: 'notes:read' }, '/scopes'],
  [{ ...role, scopes: Array(101).fill('a') }, '/scopes'],
  [{ ...role, description: 'a'.repeat(501) }, '/description'],
  [{ ...role, description: NUL }, '/description'],
  [{ ...role, created_at: '2026-01-01T00:00:00Z' }, '/created_at'],
];

test.each(refused)('admin: no role is made of %j', async (members, pointer) => {
  const world = await startWithAdmin();
  const before = await readTables(world);
  const answer = await world.admin.post('/admin/roles', members);
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors).toMatchObject([{ pointer }]);
  expect(await readTables(world)).toEqual(before);
});

test.each([
  [{ name: 'other' }, '/name'],
  [{ scopes: ['a b'] }, '/scopes/0'],
  [{ scopes: null }, '/scopes'],
  [{ description: NUL }, '/description'],
])('admin: a role is not changed by %j', async (members, pointer) => {
  const { admin } = await startWithAdmin();
  await admin.post('/admin/roles', role);
  const answer = await admin.patch('/admin/roles/editor', members);
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors).toMatchObject([{ pointer }]);
});

test('admin: a role that is not there is not found, and one whose name is taken is not made again', async () => {
  const { admin } = await startWithAdmin();
  await admin.post('/admin/roles', role);
  expectFailure(await admin.post('/admin/roles', role), 'problem', 409, 'role_taken');
  for (const name of ['nothing', 'EDITOR', '%25']) {
    expectFailure(await admin.patch(`/admin/roles/${name}`, { scopes: [] }), 'problem', 404, 'not_found');
    expectFailure(await admin.del(`/admin/roles/${name}`), 'problem', 404, 'not_found');
  }
  for (const name of ['a'.repeat(65), '%00']) {
    expectFailure(await admin.patch(`/admin/roles/${name}`, { scopes: [] }), 'problem', 400, 'invalid_request');
    expectFailure(await admin.del(`/admin/roles/${name}`), 'problem', 400, 'invalid_request');
  }
});

test('admin: of many roles with one name at once one is made', async () => {
  const { admin } = await startWithAdmin();
  const answers = await Promise.all(Array.from({ length: 5 }, () => admin.post('/admin/roles', role)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
});

test('admin: every act on a role leaves one event, and one that is refused leaves none', async () => {
  const { admin, ada } = await startWithAdmin();
  await admin.post('/admin/roles', role);
  await admin.post('/admin/roles', role);
  await admin.patch('/admin/roles/editor', { scopes: [] });
  await admin.patch('/admin/roles/nothing', { scopes: [] });
  await admin.del('/admin/roles/editor');
  await admin.del('/admin/roles/editor');
  const kinds = ['created', 'changed', 'deleted'];
  expect(await trail(admin)).toEqual(kinds.map((kind) => ({ type: `role.${kind}`, by: ada.id })));
  const { body } = await admin.get('/admin/audit-events?type=role.changed');
  expect(body.events).toMatchObject([{ user_id: null, client_id: 'first-party', details: { role: 'editor' } }]);
});
