// Nobody acts upwards. There is one power here that whoever acts has not: to read the audit trail.
import { describe, expect, test } from 'vitest';
import { readTables } from '../accounts/mailbox.ts';
import type { Answer } from '../harness/api.ts';
import { type Actions, acting, startPerson, startProgram, startWithAdmin, tooWeak } from './administration.ts';

const OWN = ['users:read', 'users:write', 'clients:read', 'clients:write', 'roles:read', 'roles:write'];
const MORE = [...OWN, 'audit:read'];

type World = Awaited<ReturnType<typeof start>>;

const actors = ['a person', 'a client'] as const;

/** Whoever acts, and everything there is on the same floor (`peer`), above it (`above`) and below. */
async function start(actor: (typeof actors)[number]) {
  const service = await startWithAdmin();
  const peer = await startPerson(service, 'peer', OWN);
  const above = await startPerson(service, 'above', MORE);
  await startProgram(service, 'client-peer', OWN);
  await startProgram(service, 'client-above', MORE);
  const person = await startPerson(service, 'actor', OWN);
  const by: Actions = actor === 'a person' ? person : await startProgram(service, 'actor', OWN);
  const ids = { peer: peer.id, above: above.id, own: person.id, bob: service.bob.user.id, ada: service.ada.id };
  return { ...service, service, by, ids };
}

type Act = (world: World) => Promise<Answer>;
const email = 'new@example.com';
const program = { id: 'new', name: 'New', type: 'confidential', grants: ['client_credentials'] };
const unchanged = { name: 'Whatever it is called' };

const upwards: Record<string, Act> = {
  'raising oneself': ({ by, ids }) => by.patch(`/admin/users/${ids.own}`, { roles: ['actor', 'above'] }),
  'making oneself an admin': ({ by, ids }) => by.patch(`/admin/users/${ids.own}`, { roles: ['admin'] }),
  'raising another': ({ by, ids }) => by.patch(`/admin/users/${ids.bob}`, { roles: ['above'] }),
  'raising an equal': ({ by, ids }) => by.patch(`/admin/users/${ids.peer}`, { roles: ['peer', 'admin'] }),
  'raising and enabling': ({ by, ids }) => by.patch(`/admin/users/${ids.bob}`, { disabled: false, roles: ['above'] }),
  'taking a role': ({ by, ids }) => by.patch(`/admin/users/${ids.above}`, { roles: [] }),
  'demoting an admin': ({ by, ids }) => by.patch(`/admin/users/${ids.ada}`, { roles: ['user'] }),
  disabling: ({ by, ids }) => by.patch(`/admin/users/${ids.above}`, { disabled: true }),
  enabling: ({ by, ids }) => by.patch(`/admin/users/${ids.above}`, { disabled: false }),
  deleting: ({ by, ids }) => by.del(`/admin/users/${ids.above}`),
  'deleting an admin': ({ by, ids }) => by.del(`/admin/users/${ids.ada}`),
  'ending sessions': ({ by, ids }) => by.del(`/admin/users/${ids.above}/sessions`),
  'sending a reset': ({ by, ids }) => by.post(`/admin/users/${ids.above}/password-reset`),
  'making somebody': ({ by }) => by.post('/admin/users', { email, roles: ['above'] }),
  'making an admin': ({ by }) => by.post('/admin/users', { email, roles: ['admin'] }),
  'making a role': ({ by }) => by.post('/admin/roles', { name: 'new', scopes: ['notes:read', 'audit:read'] }),
  'making the role of everybody': ({ by }) => by.post('/admin/roles', { name: 'user', scopes: ['keys:write'] }),
  'widening a role': ({ by }) => by.patch('/admin/roles/peer', { scopes: MORE }),
  'widening one’s own role': ({ by }) => by.patch('/admin/roles/actor', { scopes: MORE }),
  'narrowing a role': ({ by }) => by.patch('/admin/roles/above', { scopes: OWN }),
  'describing a role': ({ by }) => by.patch('/admin/roles/above', { description: 'Nobody' }),
  'deleting a role': ({ by }) => by.del('/admin/roles/above'),
  'registering a client': ({ by }) => by.post('/admin/clients', { ...program, scopes: ['audit:read'] }),
  'widening a client': ({ by }) => by.patch('/admin/clients/client-peer', { scopes: MORE }),
  'narrowing a client': ({ by }) => by.patch('/admin/clients/client-above', { scopes: [] }),
  'renaming a client': ({ by }) => by.patch('/admin/clients/client-above', unchanged),
  'disabling a client': ({ by }) => by.patch('/admin/clients/client-above', { disabled: true }),
  'enabling a client': ({ by }) => by.patch('/admin/clients/client-above', { disabled: false }),
  'deleting a client': ({ by }) => by.del('/admin/clients/client-above'),
  'a new secret': ({ by }) => by.post('/admin/clients/client-above/secrets'),
  'dropping a secret': ({ by }) => by.del('/admin/clients/client-above/secrets'),
};

const onTheSameFloor: Record<string, readonly [number, Act]> = {
  'giving one’s own powers': [200, ({ by, ids }) => by.patch(`/admin/users/${ids.bob}`, { roles: ['peer'] })],
  'disabling an equal': [200, ({ by, ids }) => by.patch(`/admin/users/${ids.peer}`, { disabled: true })],
  'taking a role from an equal': [200, ({ by, ids }) => by.patch(`/admin/users/${ids.peer}`, { roles: [] })],
  'deleting an equal': [204, ({ by, ids }) => by.del(`/admin/users/${ids.peer}`)],
  'ending the sessions of an equal': [204, ({ by, ids }) => by.del(`/admin/users/${ids.peer}/sessions`)],
  'sending an equal a reset': [202, ({ by, ids }) => by.post(`/admin/users/${ids.peer}/password-reset`)],
  'making an equal': [201, ({ by }) => by.post('/admin/users', { email, roles: ['peer'] })],
  'making an equal role': [201, ({ by }) => by.post('/admin/roles', { name: 'new', scopes: OWN })],
  'narrowing an equal role': [204, ({ by }) => by.patch('/admin/roles/peer', { scopes: [] })],
  'deleting an equal role': [204, ({ by }) => by.del('/admin/roles/peer')],
  'a scope that is no power here': [204, ({ by }) => by.patch('/admin/roles/peer', { scopes: ['notes:read'] })],
  'registering an equal client': [201, ({ by }) => by.post('/admin/clients', { ...program, scopes: OWN })],
  'narrowing an equal client': [200, ({ by }) => by.patch('/admin/clients/client-peer', { scopes: [] })],
  'a new secret for an equal client': [201, ({ by }) => by.post('/admin/clients/client-peer/secrets')],
  'deleting an equal client': [204, ({ by }) => by.del('/admin/clients/client-peer')],
};

describe.each(actors)('by %s', (actor) => {
  test.each(Object.entries(upwards))('admin: %s above one’s powers is refused, and leaves nothing', async (_, act) => {
    const world = await start(actor);
    const before = await readTables(world.service);
    expect(await act(world)).toMatchObject(tooWeak);
    expect(await readTables(world.service)).toEqual(before);
  });

  test.each(Object.entries(onTheSameFloor))('admin: %s works', async (_, [status, act]) => {
    expect(await act(await start(actor))).toMatchObject({ status });
  });
});

test('admin: a power that is taken away is gone, also for acts that the scope of the token allows', async () => {
  const world = await start('a person');
  const { admin, by, ids } = world;
  expect((await by.patch(`/admin/users/${ids.bob}`, { roles: ['peer'] })).status).toBe(200);
  await admin.patch('/admin/roles/actor', { scopes: ['users:write'] });
  expect(await by.patch(`/admin/users/${ids.bob}`, { roles: ['peer'] })).toMatchObject(tooWeak);
  expect(await by.post('/admin/roles', { name: 'new' })).toMatchObject({ body: { code: 'insufficient_scope' } });
});

test('admin: powers are those of one’s roles, and not of the narrower token', async () => {
  const { api, ids } = await start('a person');
  const { access_token } = await api.signIn('above@example.com', { scope: 'users:write' });
  const above = acting(api, access_token);
  expect((await above.patch(`/admin/users/${ids.bob}`, { roles: ['above'] })).status).toBe(200);
});

test('admin: what a client may is what it is registered for now', async () => {
  const { admin, by, ids } = await start('a client');
  await admin.patch('/admin/clients/actor', { scopes: ['users:write'] });
  expect(await by.patch(`/admin/users/${ids.bob}`, { roles: ['peer'] })).toMatchObject(tooWeak);
  expect((await by.patch(`/admin/users/${ids.bob}`, { disabled: true })).status).toBe(200);
  expect((await by.post('/admin/roles', { name: 'new' })).status).toBe(403);
});
