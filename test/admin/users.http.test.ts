// What administrators do to accounts; what they never do is to learn or set a password.
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NEW_PASSWORD, readTables } from '../accounts/mailbox.ts';
import { basic } from '../clients/credentials.ts';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { memberNames } from '../harness/schema-members.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { type Administered, acting, startPerson, startProgram, startWithAdmin, trail } from './administration.ts';

const email = 'cleo@example.com';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** Sends what waits, and gives the letter to that address that is the last. */
async function letterTo({ deliverMails, letters }: Administered, address: string) {
  await deliverMails();
  return letters.filter(({ to }) => to === address).at(-1);
}

describe('making an account', () => {
  test('admin: somebody new gets a mail, chooses a password with it, and has proved the address', async () => {
    const world = await startWithAdmin();
    const { admin, api } = world;
    const { status, headers, body } = await admin.post('/admin/users', {
      email,
      name: 'Cleo',
      preferred_username: 'cleo',
    });
    expect({ status, location: headers.get('location') }).toEqual({ status: 201, location: `/admin/users/${body.id}` });
    expect(body).toMatchObject({
      email,
      email_verified: false,
      name: 'Cleo',
      preferred_username: 'cleo',
      roles: ['user'],
    });
    expect((await admin.get(`/admin/users/${body.id}`)).body).toEqual(body);
    await expect(api.signIn(email)).rejects.toMatchObject({ error: 'invalid_grant' });
    const code = codeIn(await letterTo(world, email));
    expect(await api.post('/password-reset/confirm', { code, password: NEW_PASSWORD })).toMatchObject({ status: 204 });
    const { access_token } = await api.signIn('cleo', { password: NEW_PASSWORD });
    expect(await api.me(access_token)).toMatchObject({ id: body.id, email_verified: true });
  });

  test('admin: an address that is known to be good is so from the start', async () => {
    const { admin } = await startWithAdmin();
    const { body } = await admin.post('/admin/users', { email, email_verified: true });
    expect((await admin.get(`/admin/users/${body.id}`)).body).toMatchObject({ email_verified: true });
  });

  test('admin: the answer shows the account as it is by then', async () => {
    const { admin } = await startWithAdmin();
    const { body } = await admin.post('/admin/users', { email, email_verified: true, roles: ['admin'] });
    expect(body).toEqual((await admin.get(`/admin/users/${body.id}`)).body);
  });

  test.each([
    ['an address', { email: 'BOB@example.com' }, 'email_taken', ['/email']],
    ['a user name', { email, preferred_username: 'BOBBY' }, 'username_taken', ['/preferred_username']],
    [
      'both',
      { email: 'bob@example.com', preferred_username: 'bobby' },
      'email_taken',
      ['/email', '/preferred_username'],
    ],
  ])('admin: %s that is taken is refused, and nothing is left', async (_, members, code, pointers) => {
    const world = await startWithAdmin();
    const { admin, api, bob } = world;
    await api.patch('/me', { preferred_username: 'bobby' }, bob.tokens.access_token);
    const before = await readTables(world);
    const answer = await admin.post('/admin/users', members);
    expectFailure(answer, 'problem', 409, code);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    expect(await readTables(world)).toEqual(before);
  });

  test('admin: of many at once with one address or user name one is made', async () => {
    const { admin } = await startWithAdmin();
    const addresses = Array.from({ length: 5 }, () => ({ email }));
    const names = Array.from({ length: 5 }, (_, at) => ({
      email: `dora${at}@example.com`,
      preferred_username: 'dora',
    }));
    for (const wanted of [addresses, names]) {
      const answers = await Promise.all(wanted.map((members) => admin.post('/admin/users', members)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
    }
  });

  const refused: [members: object, pointer: string][] = [
    [{}, '/email'],
    [{ email: 'nobody' }, '/email'],
    [{ email, preferred_username: 'a@b' }, '/preferred_username'],
    [{ email, name: 'a\u0000' }, '/name'],
    [{ email, roles: 'admin' }, '/roles'],
    [{ email, roles: ['x'.repeat(65)] }, '/roles/0'],
    ...['password', 'password_hash', 'id', 'disabled', 'created_at'].map((name): [object, string] => [
      { email, [name]: PASSWORD },
      `/${name}`,
    ]),
  ];

  test.each(refused)('admin: an account of %j is refused', async (members, pointer) => {
    const { admin } = await startWithAdmin();
    const answer = await admin.post('/admin/users', members);
    expectFailure(answer, 'problem', 400, 'invalid_request');
    expect(answer.body.errors).toMatchObject([{ pointer }]);
  });

  test('admin: no request has a member for a password', async () => {
    const { endpoints } = await startService();
    const administration = endpoints.filter(({ path }) => path.startsWith('/admin/'));
    const asked = administration.flatMap(({ operationId, body, query, params }) =>
      [body, query, params].flatMap((schema) =>
        schema
          ? memberNames(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).map(
              (name) => `${operationId} ${name}`,
            )
          : [],
      ),
    );
    expect(asked).toContain('createUser email');
    const isSuspicious = (name: string) => / .*(pass|hash|secret|credential|pwd)/i.test(name);
    expect(asked.filter(isSuspicious)).toEqual(['registerClient secret']); // a flag: whether the service makes one
  });
});

describe('roles', () => {
  test.each(['post', 'patch'] as const)('admin: a role that is not there is refused (%s)', async (method) => {
    const world = await startWithAdmin();
    const { admin, bob } = world;
    const before = await readTables(world);
    for (const name of ['nothing', 'Admin', 'admin ', '', '\0', '%']) {
      const answer =
        method === 'post'
          ? await admin.post('/admin/users', { email, roles: [name] })
          : await admin.patch(`/admin/users/${bob.user.id}`, { roles: [name] });
      expectFailure(answer, 'problem', 400, 'role_unknown', name);
    }
    expect(await readTables(world)).toEqual(before);
  });

  test('admin: roles show in tokens at the next refresh, and at once here and at introspection', async () => {
    const world = await startWithAdmin();
    const { admin, api } = world;
    const program = await startProgram(world, 'asking', ['tokens:introspect']);
    const cleo = await startPerson(world, 'reader', ['users:read', 'clients:read']);
    const scopeOf = async (token: string) =>
      (await api.form('/introspect', { token }, basic(program.id, program.secret))).body.scope;
    expect(await scopeOf(cleo.token)).toBe('users:read clients:read');
    await admin.post('/admin/roles', { name: 'narrow', scopes: ['users:read'] });
    const changed = await admin.patch(`/admin/users/${cleo.id}`, { roles: ['narrow', 'narrow'] });
    expect(changed.body.roles).toEqual(['user', 'narrow']);
    expect(await cleo.get('/me')).toMatchObject({ body: { roles: ['user', 'narrow'] } });
    expect((await cleo.get('/admin/users')).status).toBe(200);
    expectFailure(await cleo.get('/admin/clients'), 'problem', 403, 'insufficient_scope');
    expect(await scopeOf(cleo.token)).toBe('users:read');
    expect(decodeJwt(cleo.token).scope).toBe('users:read clients:read');
    const narrowed = await api.refresh(cleo.tokens.refresh_token);
    expect(decodeJwt(narrowed.access_token).scope).toBe('users:read');
    await admin.patch(`/admin/users/${cleo.id}`, { roles: ['reader'] });
    expect((await acting(api, cleo.token).get('/admin/clients')).status).toBe(200);
    const widened = await api.refresh(narrowed.refresh_token);
    expect(decodeJwt(widened.access_token).scope).toBe('users:read clients:read');
  });
});

test('admin: every act leaves one event, which says who did it; looking on leaves none', async () => {
  const world = await startWithAdmin();
  const { admin, ada, bob } = world;
  const path = `/admin/users/${bob.user.id}`;
  const program = await startProgram(world, 'program', ['users:write']);
  await admin.patch(path, { disabled: true });
  await admin.patch(path, { disabled: false });
  await admin.patch(path, { roles: [] });
  await admin.post(`${path}/password-reset`);
  await program.del(`${path}/sessions`);
  for (const seen of [path, '/admin/users', `/admin/users/${NOBODY}`]) await admin.get(seen);
  await admin.patch(path, {});
  await admin.del(path);
  const kinds = ['disabled', 'enabled', 'roles_changed', 'password_reset_sent', 'sessions_ended', 'deleted'];
  const by = (type: string) => (type === 'sessions_ended' ? 'program' : ada.id);
  const expected = kinds.map((kind) => ({ type: `user.${kind}`, by: by(kind) }));
  expect(await trail(admin)).toEqual(expected);
  expect(await trail(admin, `&user_id=${bob.user.id}`)).toEqual(expected);
  const made = await admin.post('/admin/users', { email });
  expect(await trail(admin, `&user_id=${made.body.id}`)).toEqual([
    { type: 'user.created', by: ada.id },
    { type: 'user.password_reset_sent', by: ada.id },
  ]);
});
