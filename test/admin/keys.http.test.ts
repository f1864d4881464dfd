import { expect, test } from 'vitest';
import { theService } from '../../src/platform/origin.ts';
import { startProgram, startWithAdmin } from './administration.ts';

test('admin: the trail names who published or revoked a key, and through which client', async () => {
  const world = await startWithAdmin();
  const { admin, ada, keys } = world;
  const program = await startProgram(world, 'automation', ['keys:write']);
  const { kid } = (await admin.post('/admin/keys')).body;
  await admin.del(`/admin/keys/${kid}`);
  const { body: next } = await program.post('/admin/keys');
  await program.del(`/admin/keys/${next.kid}`);
  const { body } = await admin.get('/admin/audit-events?limit=200');
  const ofKeys = body.events.filter(({ type }: { type: string }) => /^key\.(published|revoked)$/.test(type)).reverse();
  expect(ofKeys).toMatchObject([
    { type: 'key.published', client_id: 'first-party', details: { kid, by: ada.id }, ip: '127.0.0.1' },
    { type: 'key.revoked', client_id: 'first-party', details: { kid, by: ada.id } },
    { type: 'key.published', client_id: 'automation', details: { kid: next.kid, by: 'automation' } },
    { type: 'key.revoked', client_id: 'automation', details: { kid: next.kid, by: 'automation' } },
  ]);
  await keys.rotate(theService());
  const { events } = (await admin.get('/admin/audit-events?type=key.published&limit=1')).body;
  expect(events).toMatchObject([{ client_id: null, details: { kid: expect.any(String) } }]);
});
