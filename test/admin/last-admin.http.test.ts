// Somebody has to stay who can administer the service.
import { describe, expect, test } from 'vitest';
import { adminScopes } from '../../src/roles/roles.ts';
import { readTables } from '../accounts/mailbox.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, type RunningService, startService } from '../harness/service.ts';
import { type Actions, ALL, acting, giveRoles, startPerson, startProgram, startWithAdmin } from './administration.ts';

const lastAdmin = { status: 409, body: { code: 'last_admin' } };

const ways: Record<string, (by: Actions, id: string) => Promise<Answer>> = {
  demoted: (by, id) => by.patch(`/admin/users/${id}`, { roles: ['user'] }),
  disabled: (by, id) => by.patch(`/admin/users/${id}`, { disabled: true }),
  'demoted and disabled': (by, id) => by.patch(`/admin/users/${id}`, { roles: [], disabled: true }),
  'disabled with all roles': (by, id) => by.patch(`/admin/users/${id}`, { roles: ['admin'], disabled: true }),
  deleted: (by, id) => by.del(`/admin/users/${id}`),
};

describe.each(Object.entries(ways))('%s', (outcome, act) => {
  test(`admin: the last one is not ${outcome}, by himself or by others`, async () => {
    const service = await startWithAdmin();
    const { admin, ada } = service;
    const deputy = await startPerson(service, 'deputy', adminScopes);
    const program = await startProgram(service, 'program', adminScopes);
    const before = await readTables(service);
    for (const by of [admin, deputy, program]) expect(await act(by, ada.id)).toMatchObject(lastAdmin);
    expect(await readTables(service)).toEqual(before);
  });

  test(`admin: one of two is ${outcome}, and the other stays`, async () => {
    const service = await startWithAdmin();
    const { admin, ada, bob } = service;
    await giveRoles(service, bob.user.id, 'user', 'admin');
    expect([200, 204]).toContain((await act(admin, bob.user.id)).status);
    expect(await act(admin, ada.id)).toMatchObject(lastAdmin);
  });

  test(`admin: one beside somebody disabled is the last, and is not ${outcome}`, async () => {
    const service = await startWithAdmin();
    const { admin, ada, bob } = service;
    await giveRoles(service, bob.user.id, 'user', 'admin');
    await admin.patch(`/admin/users/${bob.user.id}`, { disabled: true });
    expect(await act(admin, ada.id)).toMatchObject(lastAdmin);
  });
});

test('admin: the last one does not delete his own account', async () => {
  const { api, token, ada } = await startWithAdmin();
  expect((await api.del('/me', { password: PASSWORD }, token)).status).toBe(409);
  expect(await api.me(token)).toMatchObject({ id: ada.id });
});

test('admin: one of two deletes his own account', async () => {
  const service = await startWithAdmin();
  const { api, token, bob } = service;
  await giveRoles(service, bob.user.id, 'user', 'admin');
  expect((await api.del('/me', { password: PASSWORD }, token)).status).toBe(204);
});

test('admin: somebody who has become the last one meanwhile stays', async () => {
  const service = await startWithAdmin();
  const { ada, bob, userAdmin, users } = service;
  const act = { actor: null, origin: { ip: '127.0.0.1', userAgent: null, requestId: ada.id } };
  const seen = await userAdmin.get(bob.user.id);
  await giveRoles(service, bob.user.id, 'user', 'admin');
  await giveRoles(service, ada.id, 'user');
  await expect(userAdmin.disable(seen, act)).rejects.toMatchObject({ code: 'last_admin' });
  expect(await users.find(bob.user.id)).toMatchObject({ disabledAt: null });
});

test('admin: whoever is demoted is refused at the next call, though the token lives', async () => {
  const service = await startWithAdmin();
  const { admin, ada, api, bob, token } = service;
  await admin.patch(`/admin/users/${bob.user.id}`, { roles: ['admin'] });
  const bobs = acting(api, (await api.signIn(bob.user.email, { scope: ALL })).access_token);
  expect((await bobs.patch(`/admin/users/${ada.id}`, { roles: [] })).status).toBe(200);
  for (const path of ['users', 'clients', 'roles', 'audit-events']) {
    expect(await admin.get(`/admin/${path}`)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  }
  expect((await api.get('/me', token)).status).toBe(200);
});

describe('at the same moment', () => {
  const ISSUER = 'http://localhost:3000';

  /** On PostgreSQL each of the two has an instance of the service. */
  async function startTwo() {
    const databaseUrl = await newDurableDatabase();
    const first = await startWithAdmin({ databaseUrl, env: { ISSUER } });
    const second = onPostgres ? await startService({ databaseUrl, env: { ISSUER }, clock: first.clock }) : first;
    return { first, second };
  }

  const countAdmins = async ({ database }: RunningService) =>
    (await database.em.fork().execute('select roles, disabled_at from users')).filter(
      ({ roles, disabled_at }) => JSON.stringify(roles).includes('admin') && disabled_at === null,
    ).length;

  test.each(['demoted', 'disabled', 'deleted'])('admin: of two who want each other %s one stays', async (outcome) => {
    const { first, second } = await startTwo();
    const act = ways[outcome];
    if (!act) throw new Error(`There is no way to be ${outcome}.`);
    for (const round of [1, 2, 3]) {
      const [one, other] = [await newAdmin(first, `one${round}`), await newAdmin(second, `other${round}`)];
      await keepOnly(first, one.id, other.id);
      const answers = await Promise.all([
        act(acting(first.api, one.token), other.id),
        act(acting(second.api, other.token), one.id),
      ]);
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      expect([401, 403, 409]).toContain(answers.find(({ status }) => status >= 300)?.status);
      expect(await countAdmins(first)).toBe(1);
    }
  });

  async function newAdmin(service: RunningService, name: string): Promise<{ id: string; token: string }> {
    const { user } = await service.api.signUp({ email: `${name}@example.com` });
    await giveRoles(service, user.id, 'user', 'admin');
    return { id: user.id, token: (await service.api.signIn(user.email, { scope: ALL })).access_token };
  }

  async function keepOnly(service: RunningService, ...ids: string[]): Promise<void> {
    const rows = await service.database.em.fork().execute('select id from users');
    for (const { id } of rows) if (!ids.includes(id)) await giveRoles(service, id, 'user');
  }
});
