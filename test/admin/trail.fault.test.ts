// What was done and what is told of it are one: where the audit trail cannot be written to, nothing is done.
import { expect, test } from 'vitest';
import { readTables } from '../accounts/mailbox.ts';
import type { Answer } from '../harness/api.ts';
import { expectFailure } from '../http/failures.ts';
import { type Actions, startPerson, startProgram, startWithAdmin } from './administration.ts';

const program = { id: 'new', name: 'New', type: 'confidential', grants: ['client_credentials'] };

const acts: Record<string, (by: Actions, user: string) => Promise<Answer>> = {
  'making somebody': (by) => by.post('/admin/users', { email: 'new@example.com' }),
  'giving roles': (by, user) => by.patch(user, { roles: ['admin'] }),
  disabling: (by, user) => by.patch(user, { disabled: true }),
  enabling: (by, user) => by.patch(user, { disabled: false }),
  deleting: (by, user) => by.del(user),
  'ending sessions': (by, user) => by.del(`${user}/sessions`),
  'sending a reset': (by, user) => by.post(`${user}/password-reset`),
  'registering a client': (by) => by.post('/admin/clients', program),
  'changing a client': (by) => by.patch('/admin/clients/old', { name: 'Other' }),
  'disabling a client': (by) => by.patch('/admin/clients/old', { disabled: true }),
  'a new secret': (by) => by.post('/admin/clients/old/secrets'),
  'dropping old secrets': (by) => by.del('/admin/clients/old/secrets'),
  'deleting a client': (by) => by.del('/admin/clients/old'),
  'making a role': (by) => by.post('/admin/roles', { name: 'new' }),
  'changing a role': (by) => by.patch('/admin/roles/reader', { scopes: [] }),
  'deleting a role': (by) => by.del('/admin/roles/reader'),
};

test.each(Object.entries(acts))('admin: %s that cannot be written down is not done', async (_, act) => {
  const world = await startWithAdmin();
  const { admin, database } = world;
  const { id } = await startPerson(world, 'reader', ['users:read']);
  await startProgram(world, 'old', ['users:read']);
  await admin.post('/admin/clients/old/secrets');
  const before = await readTables(world);
  await database.em.execute('alter table audit_events rename to audit_events_elsewhere', [], 'run');
  const answer = await act(admin, `/admin/users/${id}`).finally(() =>
    database.em.execute('alter table audit_events_elsewhere rename to audit_events', [], 'run'),
  );
  expectFailure(answer, 'problem', 500, 'internal_error');
  expect(await readTables(world)).toEqual(before);
});
