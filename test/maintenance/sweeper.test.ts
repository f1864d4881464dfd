import { expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { UsedAssertion } from '../../src/clients/used-assertion.ts';
import { RevokedAccessToken } from '../../src/tokens/revoked-access-token.ts';
import { startService } from '../harness/service.ts';

const DAY = 86_400_000;
const id = (n: number) => `019cadc6-9a80-7a11-8ada-${String(n).padStart(12, '0')}`;

async function startWithOld(many: number) {
  const service = await startService({ env: { AUDIT_RETENTION: '30d' } });
  const { clock, database } = service;
  const em = database.em.fork();
  const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds);
  const nobody = { userId: null, clientId: null, sessionId: null };
  const event = { ...nobody, type: 'user.deleted', ip: '192.0.2.1', details: {} } as const;
  const events = (from: number, count: number, occurredAt: Date) =>
    Array.from({ length: count }, (_, n) => ({ ...event, id: id(from + n), requestId: id(0), occurredAt }));
  await em.insertMany(AuditEvent, [...events(0, many, at(-31 * DAY)), ...events(many, 3, at(-29 * DAY))]);
  await em.insertMany(RevokedAccessToken, [
    { jti: id(1), expiresAt: at(-1) },
    { jti: id(2), expiresAt: at(DAY) },
  ]);
  await em.insertMany(UsedAssertion, [
    { clientId: 'one', jtiDigest: 'same', expiresAt: at(-1) },
    { clientId: 'two', jtiDigest: 'same', expiresAt: at(DAY) },
  ]);
  return { ...service, em };
}

test('sweeper: what is old goes, however much it is, and the rest stays', async () => {
  const { em, sweep } = await startWithOld(1201);
  await sweep();
  expect(await em.count(AuditEvent)).toBe(3);
  expect(await em.find(RevokedAccessToken, {})).toMatchObject([{ jti: id(2) }]);
  expect(await em.find(UsedAssertion, {})).toMatchObject([{ clientId: 'two' }]);
});

test('sweeper: two at once do what one does', async () => {
  const { em, sweep } = await startWithOld(600);
  await Promise.all([sweep(), sweep()]);
  expect(await em.count(AuditEvent)).toBe(3);
});
