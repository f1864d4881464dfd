// What becomes of somebody who is disabled, signed out, or deleted by an administrator.
import { describe, expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { NEW_PASSWORD, readTables } from '../accounts/mailbox.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { expectFailure } from '../http/failures.ts';
import { type Actions, startWithAdmin } from './administration.ts';

const NOBODY = '00000000-0000-7000-8000-000000000000';

const acts: Record<string, (by: Actions, id: string) => ReturnType<Actions['get']>> = {
  'looking at': (by, id) => by.get(`/admin/users/${id}`),
  changing: (by, id) => by.patch(`/admin/users/${id}`, { disabled: true }),
  'giving roles to': (by, id) => by.patch(`/admin/users/${id}`, { roles: [] }),
  deleting: (by, id) => by.del(`/admin/users/${id}`),
  'signing out': (by, id) => by.del(`/admin/users/${id}/sessions`),
  'sending a reset to': (by, id) => by.post(`/admin/users/${id}/password-reset`),
};

describe.each(Object.entries(acts))('%s', (name, act) => {
  test(`admin: ${name} nobody is not found, and leaves nothing`, async () => {
    const world = await startWithAdmin();
    const before = await readTables(world);
    expectFailure(await act(world.admin, NOBODY), 'problem', 404, 'user_unknown');
    expect(await readTables(world)).toEqual(before);
  });

  test.each(['x', 'bob@example.com', '0', '%00', '..%2fclients', `${NOBODY}0`, `{${NOBODY}}`, '%F0%9F%98%80'])(
    `admin: ${name} "%s" is malformed`,
    async (id) => {
      const { admin } = await startWithAdmin();
      expectFailure(await act(admin, id), 'problem', 400, 'invalid_request');
    },
  );

  test(`admin: ${name} somebody by an identifier in capitals is the same`, async () => {
    const { admin, bob } = await startWithAdmin();
    expect((await act(admin, bob.user.id.toUpperCase())).status).toBeLessThan(300);
  });
});

test.each([
  { email: 'other@example.com' },
  { password: 'correct horse battery' },
  { email_verified: true },
  { name: 'Bob' },
  { metadata: {} },
  { roles: null },
  { disabled: 'true' },
  { disabled: null },
])('admin: an account is not changed by %j', async (members) => {
  const { admin, bob } = await startWithAdmin();
  const answer = await admin.patch(`/admin/users/${bob.user.id}`, members);
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors).toMatchObject([{ pointer: `/${Object.keys(members)[0]}` }]);
});

test('admin: whoever is disabled is out at once, everywhere, and comes back by a new sign-in alone', async () => {
  const { admin, api, bob } = await startWithAdmin();
  const other = await api.signIn('bob@example.com');
  const path = `/admin/users/${bob.user.id}`;
  expect(await admin.patch(path, { disabled: true })).toMatchObject({ body: { disabled: true, roles: ['user'] } });
  for (const tokens of [bob.tokens, other]) {
    expectFailure(await api.get('/me', tokens.access_token), 'problem', 401, 'invalid_token');
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({
      status: 400,
      body: { reason: 'user_disabled' },
    });
  }
  await expect(api.signIn('bob@example.com')).rejects.toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(await admin.patch(path, { disabled: false })).toMatchObject({ body: { disabled: false } });
  expect((await api.tryRefresh(other.refresh_token)).status).toBe(400);
  await api.signIn('bob@example.com');
});

test('admin: whoever is signed out stays so on every device, and may come back', async () => {
  const { admin, ada, api, bob, token } = await startWithAdmin();
  const other = await api.signIn('bob@example.com');
  expect((await admin.del(`/admin/users/${bob.user.id}/sessions`)).status).toBe(204);
  for (const tokens of [bob.tokens, other]) {
    expectFailure(await api.get('/me', tokens.access_token), 'problem', 401, 'invalid_token');
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({
      status: 400,
      body: { reason: 'ended_by_admin' },
    });
  }
  await api.signIn('bob@example.com');
  expect(await api.me(token)).toMatchObject({ id: ada.id });
  const { body } = await admin.get(`/admin/audit-events?type=session.ended&user_id=${bob.user.id}`);
  expect(body.events).toMatchObject([
    { details: { endReason: 'ended_by_admin' } },
    { details: { endReason: 'ended_by_admin' } },
  ]);
});

test('admin: an account that is deleted is gone like one whose owner deletes it', async () => {
  const { admin, api, bob, clock, database, deliverMails, letters } = await startWithAdmin();
  await database.em.fork().nativeUpdate(User, { id: bob.user.id }, { emailVerifiedAt: clock.now() });
  await api.post('/password-reset', { email: 'bob@example.com' });
  await deliverMails();
  const code = codeIn(letterTo(letters, 'bob@example.com', /Choose a new password/));
  expect((await admin.del(`/admin/users/${bob.user.id}`)).status).toBe(204);
  expectFailure(await api.get('/me', bob.tokens.access_token), 'problem', 401, 'invalid_token');
  expect(await api.tryRefresh(bob.tokens.refresh_token)).toMatchObject({
    status: 400,
    body: { reason: 'user_deleted' },
  });
  await expect(api.signIn('bob@example.com')).rejects.toMatchObject({ status: 400, error: 'invalid_grant' });
  const reset = await api.post('/password-reset/confirm', { code, password: NEW_PASSWORD });
  expectFailure(reset, 'problem', 400, 'code_invalid');
  expectFailure(await admin.get(`/admin/users/${bob.user.id}`), 'problem', 404, 'user_unknown');
  expect(
    await database.em.fork().execute('select id from users where email_canonical = ?', ['bob@example.com']),
  ).toEqual([]);
  const before = letters.length;
  await deliverMails();
  expect(letters.slice(before).map(({ to }) => to)).toEqual(['bob@example.com']);
  const again = await api.signUp({ email: 'bob@example.com' });
  expect(again.user.id).not.toBe(bob.user.id);
});

test('admin: a reset that is sent ends what its owner ends with it, and not before', async () => {
  const { admin, api, bob, deliverMails, letters } = await startWithAdmin();
  expect((await admin.post(`/admin/users/${bob.user.id}/password-reset`)).status).toBe(202);
  await deliverMails();
  await api.signIn('bob@example.com');
  const code = codeIn(letterTo(letters, 'bob@example.com', /Choose a new password/));
  await api.post('/password-reset/confirm', { code, password: NEW_PASSWORD });
  await expect(api.signIn('bob@example.com')).rejects.toMatchObject({ error: 'invalid_grant' });
  await api.signIn('bob@example.com', { password: NEW_PASSWORD });
});
