import { expect, test } from 'vitest';
import { OneTimeCode } from '../../src/accounts/one-time-code.ts';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { UsedAssertion } from '../../src/clients/used-assertion.ts';
import { OutboxMail } from '../../src/mail/outbox-mail.ts';
import { Session } from '../../src/sessions/session.ts';
import { RevokedAccessToken } from '../../src/tokens/revoked-access-token.ts';
import { bearer } from '../harness/api.ts';
import { onPostgres, startService } from '../harness/service.ts';

const DAY = 86_400_000;
const METRICS_TOKEN = 'token-of-the-monitoring';
const id = (n: number) => `019cadc6-9a80-7a11-8ada-${String(n).padStart(12, '0')}`;

async function startWithOld(many: number) {
  const service = await startService({ env: { AUDIT_RETENTION: '30d', METRICS_TOKEN } });
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

test('sweeper: an instance sweeps, and the others leave it alone until it is time again', async () => {
  const { em, sweep, clock } = await startWithOld(600);
  await sweep();
  await em.insert(RevokedAccessToken, { jti: id(3), expiresAt: new Date(clock.now().getTime() - 1) });
  clock.advance({ minutes: 9 });
  await sweep();
  expect(await em.count(RevokedAccessToken)).toBe(2);
  clock.advance({ minutes: 1 });
  await sweep();
  expect(await em.count(RevokedAccessToken)).toBe(1);
});

test('sweeper: a clock that is a year ahead for less than a day has nothing deleted', async () => {
  const { em, sweep, clock } = await startWithOld(1);
  await sweep();
  const left = { events: 3, tokens: 1 };
  const count = async () => ({ events: await em.count(AuditEvent), tokens: await em.count(RevokedAccessToken) });
  clock.advance({ days: 365 });
  await sweep();
  clock.advance({ hours: 23 });
  await sweep();
  expect(await count()).toEqual(left);
  clock.advance({ days: -365, hours: -23, minutes: 11 });
  await em.insert(RevokedAccessToken, { jti: id(3), expiresAt: new Date(clock.now().getTime() - 1) });
  await sweep();
  expect(await count()).toEqual(left);
});

test('sweeper: a service that was away for long goes on a day later', async () => {
  const { em, sweep, clock } = await startWithOld(1);
  await sweep();
  clock.advance({ days: 100 });
  await sweep();
  expect(await em.count(AuditEvent)).toBe(3);
  clock.advance({ days: 1, minutes: 1 });
  await sweep();
  expect(await em.count(AuditEvent)).toBe(0);
});

test.runIf(onPostgres)('sweeper: of several instances at once one sweeps', async () => {
  const first = await startWithOld(600);
  const { databaseUrl, clock } = first;
  const second = await startService({ env: { AUDIT_RETENTION: '30d', METRICS_TOKEN }, databaseUrl, clock });
  await Promise.all([first.sweep(), second.sweep()]);
  expect(await first.em.count(AuditEvent)).toBe(3);
  const swept = await Promise.all([first, second].map(({ api }) => api.get('/metrics', METRICS_TOKEN)));
  const counts = swept.map(({ text }) => /swept_rows_total\{table="audit_events"\} (\d+)/.exec(text)?.[1] ?? '0');
  expect(counts.toSorted()).toEqual(['0', '600']);
});

test('sweeper: told to stop, it ends with the batch that it is at', async () => {
  const { em, sweep } = await startWithOld(1201);
  await sweep(AbortSignal.abort());
  expect(await em.count(AuditEvent)).toBe(1204);
});

test('sweeper: what is left of a session says why it is over for a week after its end, and then goes', async () => {
  const { api, clock, database, sweep } = await startService();
  const ended = await api.signUp();
  await api.post('/logout', {}, bearer(ended.tokens.access_token));
  const reason = async () => (await api.tryRefresh(ended.tokens.refresh_token)).body.reason;
  await sweep();
  clock.advance({ hours: 12, days: 6 });
  await sweep();
  clock.advance({ hours: 23 });
  const live = await api.signIn(ended.user.email);
  await sweep();
  expect(await reason()).toBe('logged_out');
  clock.advance({ hours: 2 });
  await sweep();
  expect(await reason()).toBeUndefined();
  expect(await database.em.fork().find(Session, {})).toMatchObject([{ id: live.session_id }]);
});

test('sweeper: a code goes a day after its end', async () => {
  const { api, clock, database, sweep, deliverMails } = await startService();
  const { user } = await api.signUp();
  await api.post('/password-reset', { email: user.email });
  await deliverMails();
  clock.advance({ hours: 24 });
  await sweep();
  const purposes = async () => (await database.em.fork().find(OneTimeCode, {})).map(({ purpose }) => purpose);
  expect((await purposes()).toSorted()).toEqual(['reset_password', 'verify_email']);
  clock.advance({ minutes: 31 });
  await sweep();
  expect(await purposes()).toEqual(['verify_email']);
});

test('sweeper: a mail goes a week after it was sent, and never before', async () => {
  const { api, clock, database, sweep, deliverMails } = await startService();
  await api.signUp();
  await deliverMails();
  const waiting = await api.signUp();
  expect(waiting.user.email_verified).toBe(false);
  clock.advance({ days: 7, seconds: 1 });
  await sweep();
  expect(await database.em.fork().find(OutboxMail, {})).toMatchObject([{ sentAt: null }]);
});
