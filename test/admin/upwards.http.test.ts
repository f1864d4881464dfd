// An actor needs every scope that an account, a role or a client gives, before and after the act. The actor of these tests
// lacks two: the administrative scope `audit:read` and the application scope `payments:approve`.
import { describe, expect, test } from 'vitest';
import { readTables, withoutEvents } from '../accounts/mailbox.ts';
import { basic } from '../clients/credentials.ts';
import type { Answer } from '../harness/api.ts';
import { type Actions, ALL, acting, startPerson, startProgram, startWithAdmin, tooWeak } from './administration.ts';

const OWN = ['users:read', 'users:write', 'clients:read', 'clients:write', 'roles:read', 'roles:write'];
const MORE = [...OWN, 'audit:read'];
const APPLICATION = ['payments:approve'];

type World = Awaited<ReturnType<typeof start>>;

const actors = ['a person', 'a client'] as const;

/** Whoever acts, and everything there is on the same floor (`peer`), above it (`above`) and below. */
async function start(actor: (typeof actors)[number]) {
  const service = await startWithAdmin();
  const peer = await startPerson(service, 'peer', OWN);
  const above = await startPerson(service, 'above', MORE);
  const approver = await startPerson(service, 'approver', APPLICATION);
  await startProgram(service, 'client-peer', OWN);
  await startProgram(service, 'client-approver', APPLICATION);
  await startProgram(service, 'client-above', MORE);
  const person = await startPerson(service, 'actor', OWN);
  const by: Actions = actor === 'a person' ? person : await startProgram(service, 'actor', OWN);
  const [own, bob, ada] = [person.id, service.bob.user.id, service.ada.id];
  const ids = { peer: peer.id, above: above.id, approver: approver.id, own, bob, ada };
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

const beyondInTheApplication: Record<string, Act> = {
  'granting a role': ({ by, ids }) => by.patch(`/admin/users/${ids.bob}`, { roles: ['approver'] }),
  'taking a role': ({ by, ids }) => by.patch(`/admin/users/${ids.approver}`, { roles: [] }),
  disabling: ({ by, ids }) => by.patch(`/admin/users/${ids.approver}`, { disabled: true }),
  enabling: ({ by, ids }) => by.patch(`/admin/users/${ids.approver}`, { disabled: false }),
  deleting: ({ by, ids }) => by.del(`/admin/users/${ids.approver}`),
  'ending sessions': ({ by, ids }) => by.del(`/admin/users/${ids.approver}/sessions`),
  'sending a reset': ({ by, ids }) => by.post(`/admin/users/${ids.approver}/password-reset`),
  'creating an account': ({ by }) => by.post('/admin/users', { email, roles: ['approver'] }),
  'creating a role': ({ by }) => by.post('/admin/roles', { name: 'new', scopes: APPLICATION }),
  'creating the role of every user': ({ by }) => by.post('/admin/roles', { name: 'user', scopes: APPLICATION }),
  'widening a role': ({ by }) => by.patch('/admin/roles/peer', { scopes: [...OWN, ...APPLICATION] }),
  'granting introspection': ({ by }) => by.patch('/admin/roles/peer', { scopes: ['tokens:introspect'] }),
  'narrowing a role': ({ by }) => by.patch('/admin/roles/approver', { scopes: [] }),
  'describing a role': ({ by }) => by.patch('/admin/roles/approver', { description: 'Other' }),
  'deleting a role': ({ by }) => by.del('/admin/roles/approver'),
  'registering a client': ({ by }) => by.post('/admin/clients', { ...program, scopes: APPLICATION }),
  'registering a client that introspects': ({ by }) =>
    by.post('/admin/clients', { ...program, scopes: ['tokens:introspect'] }),
  'widening a client': ({ by }) => by.patch('/admin/clients/client-peer', { scopes: [...OWN, ...APPLICATION] }),
  'narrowing a client': ({ by }) => by.patch('/admin/clients/client-approver', { scopes: [] }),
  'disabling a client': ({ by }) => by.patch('/admin/clients/client-approver', { disabled: true }),
  'deleting a client': ({ by }) => by.del('/admin/clients/client-approver'),
  'a new secret': ({ by }) => by.post('/admin/clients/client-approver/secrets'),
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
    expect(withoutEvents(await readTables(world.service), 'permission.refused')).toEqual(before);
  });

  test.each(Object.entries(beyondInTheApplication))(
    'admin: %s with an application scope that the actor lacks is refused, and leaves nothing',
    async (_, act) => {
      const world = await start(actor);
      const before = await readTables(world.service);
      expect(await act(world)).toMatchObject(tooWeak);
      expect(withoutEvents(await readTables(world.service), 'permission.refused')).toEqual(before);
    },
  );

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

describe('a token that was narrowed', () => {
  /** A user with the role, whose token has only that scope. */
  async function startNarrowed(login: string, scope: string) {
    const world = await start('a person');
    const { access_token } = await world.api.signIn(login, { scope });
    return { ...world, by: acting(world.api, access_token) };
  }

  test('admin: it grants no more than its scope, whatever the roles give', async () => {
    const { by, ids } = await startNarrowed('above@example.com', 'users:write');
    for (const role of ['above', 'peer', 'approver', 'admin']) {
      expect(await by.patch(`/admin/users/${ids.bob}`, { roles: [role] })).toMatchObject(tooWeak);
    }
    expect((await by.patch(`/admin/users/${ids.bob}`, { disabled: true })).status).toBe(200);
  });

  test('admin: an administrator with it grants no administrative scope beyond it', async () => {
    const { by, ids } = await startNarrowed('ada@example.com', 'users:write');
    expect(await by.patch(`/admin/users/${ids.bob}`, { roles: ['admin'] })).toMatchObject(tooWeak);
    expect(await by.patch(`/admin/users/${ids.own}`, { disabled: true })).toMatchObject(tooWeak);
  });

  test('admin: an administrator with it grants application scopes, and acts on accounts that have them', async () => {
    const { by, ids } = await startNarrowed('ada@example.com', 'users:write');
    expect((await by.patch(`/admin/users/${ids.bob}`, { roles: ['approver'] })).status).toBe(200);
    expect((await by.post(`/admin/users/${ids.approver}/password-reset`)).status).toBe(202);
  });

  test('admin: for a client too, the scope of its token counts', async () => {
    const { api, ids, service } = await start('a person');
    const { id, secret } = await startProgram(service, 'narrow', OWN);
    const parameters = { grant_type: 'client_credentials', scope: 'users:write' };
    const { body } = await api.form('/token', parameters, basic(id, secret));
    const by = acting(api, body.access_token);
    expect(await by.patch(`/admin/users/${ids.bob}`, { roles: ['peer'] })).toMatchObject(tooWeak);
    expect((await by.patch(`/admin/users/${ids.bob}`, { disabled: true })).status).toBe(200);
  });
});

test('admin: a client grants no application scope that it lacks, though an administrator registered it', async () => {
  const world = await startWithAdmin();
  await world.admin.post('/admin/roles', { name: 'approver', scopes: APPLICATION });
  const by = await startProgram(world, 'all-of-latchkey', ALL.split(' '));
  expect(await by.patch(`/admin/users/${world.bob.user.id}`, { roles: ['approver'] })).toMatchObject(tooWeak);
  expect((await by.patch(`/admin/users/${world.bob.user.id}`, { roles: ['admin'] })).status).toBe(200);
});

test('admin: the scopes of the role of every user count as well', async () => {
  const world = await start('a person');
  await world.admin.post('/admin/roles', { name: 'user', scopes: ['notes:read'] });
  expect(await world.by.patch(`/admin/users/${world.ids.bob}`, { disabled: true })).toMatchObject(tooWeak);
  expect(await world.by.post('/admin/users', { email })).toMatchObject(tooWeak);
  expect((await world.admin.patch(`/admin/users/${world.ids.bob}`, { disabled: true })).status).toBe(200);
});

describe('the audit trail', () => {
  interface Refusal {
    readonly type: string;
    readonly user_id: string | null;
    readonly client_id: string;
    readonly details: Record<string, string>;
  }

  async function refusals({ admin }: World): Promise<Refusal[]> {
    return (await admin.get('/admin/audit-events?type=permission.refused&limit=200')).body.events;
  }

  test('admin: a refused act is recorded, with what it lacked', async () => {
    const world = await start('a person');
    const { by, ids } = world;
    await by.patch(`/admin/users/${ids.approver}`, { disabled: true });
    await by.patch(`/admin/users/${ids.bob}`, { roles: ['above'], disabled: true });
    await by.patch('/admin/clients/client-above', unchanged);
    await by.get('/admin/audit-events');
    const actor = { by: ids.own };
    expect(await refusals(world)).toMatchObject([
      { user_id: null, client_id: 'first-party', details: { ...actor, scope: 'audit:read' } },
      { user_id: null, client_id: 'client-above', details: { ...actor, act: 'client.changed', scope: 'audit:read' } },
      { user_id: ids.bob, details: { ...actor, act: 'user.roles_changed', scope: 'audit:read' } },
      { user_id: ids.approver, details: { ...actor, act: 'user.disabled', scope: 'payments:approve' } },
    ]);
  });

  test('admin: an actor adds at most ten refusals a minute, and another actor’s are still recorded', async () => {
    const world = await start('a person');
    const { by, clock, ids, service } = world;
    const other = await startProgram(service, 'other', ['users:write']);
    for (let n = 0; n < 15; n += 1) await by.del(`/admin/users/${ids.above}`);
    await other.del(`/admin/users/${ids.above}`);
    expect(await refusals(world)).toHaveLength(11);
    clock.advance({ minutes: 1 });
    await by.del(`/admin/users/${ids.above}`);
    expect(await refusals(world)).toHaveLength(12);
  });
});

test('admin: what a client may is what it is registered for now', async () => {
  const { admin, by, ids } = await start('a client');
  await admin.patch('/admin/clients/actor', { scopes: ['users:write'] });
  expect(await by.patch(`/admin/users/${ids.bob}`, { roles: ['peer'] })).toMatchObject(tooWeak);
  expect((await by.patch(`/admin/users/${ids.bob}`, { disabled: true })).status).toBe(200);
  expect((await by.post('/admin/roles', { name: 'new' })).status).toBe(403);
});
