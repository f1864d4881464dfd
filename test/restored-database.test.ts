// A database is lost and an older copy takes its place: what people and services hold by then is newer than what it says.
import { decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { AuditEvent } from '../src/audit/audit-event.ts';
import { theService } from '../src/platform/origin.ts';
import type { Tokens } from './harness/api.ts';
import { takeBackup } from './harness/backups.ts';
import { backend } from './harness/clients.ts';
import { newDurableDatabase, type RunningService, startService } from './harness/service.ts';

const TURNS = 4;
/** Of all that run one after another, each on a port of its own. */
const common = { ISSUER: 'https://id.example' };

/** A service that is backed up, goes on, and is replaced by its own past. */
async function startThreeTimes(settings: Record<string, string> = {}) {
  const env = { ...common, ...settings };
  const databaseUrl = await newDurableDatabase();
  const first = await startService({ databaseUrl, env });
  const people = [await first.api.signUp(), await first.api.signUp(), await first.api.signUp()];
  await first.stop();
  const restore = await takeBackup(databaseUrl);
  const { clock } = first;
  const second = await startService({ databaseUrl, clock, env });

  async function goBack(): Promise<RunningService> {
    await second.stop();
    await restore();
    return startService({ databaseUrl, clock, env });
  }
  return { second, clock, goBack, sessions: people.map(({ tokens }) => tokens) };
}

async function refreshOften({ api }: RunningService, tokens: Tokens): Promise<Tokens> {
  let newest = tokens;
  for (let turn = 0; turn < TURNS; turn += 1) newest = await api.refresh(newest.refresh_token);
  return newest;
}

const aheadOf = ({ database }: RunningService) =>
  database.em.fork().count(AuditEvent, { type: 'refresh_token.ahead_of_database' });

test('restored database: every session goes on from its newest token, and the trail says so', async () => {
  const { second, sessions, goBack } = await startThreeTimes();
  const newest: Tokens[] = [];
  for (const tokens of sessions) newest.push(await refreshOften(second, tokens));
  const restored = await goBack();
  for (const { refresh_token, session_id } of newest) {
    const next = await restored.api.refresh(refresh_token);
    expect(next.session_id).toBe(session_id);
    expect(await refreshOften(restored, next)).toMatchObject({ session_id });
  }
  expect(await aheadOf(restored)).toBe(sessions.length);
});

test('restored database: a copy that is older than the newest token still ends its session', async () => {
  const { second, sessions, goBack, clock } = await startThreeTimes();
  const [first] = sessions;
  if (!first) throw new Error('There is no session.');
  const newest = await refreshOften(second, first);
  const restored = await goBack();
  const { refresh_token } = await restored.api.refresh(newest.refresh_token);
  clock.advance({ minutes: 5 });
  const reused = { error: 'invalid_grant', reason: 'token_reused' };
  await expect(restored.api.refresh(first.refresh_token)).rejects.toMatchObject(reused);
  await expect(restored.api.refresh(refresh_token)).rejects.toMatchObject(reused);
});

test('restored database: who signed up after the copy has to do it again, and is told no more than a stranger', async () => {
  const { second, goBack } = await startThreeTimes();
  const { tokens, user } = await second.api.signUp({ email: 'late@example.com' });
  const restored = await goBack();
  await expect(restored.api.refresh(tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(await restored.api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
  expect(await restored.api.signUp({ email: user.email })).toMatchObject({ user: { email: user.email } });
});

test('restored database: what a key signed that it does not know is refused, and one refresh heals it', async () => {
  const { second, clock, sessions, goBack } = await startThreeTimes();
  const [first] = sessions;
  if (!first) throw new Error('There is no session.');
  const next = await second.keys.rotate(theService());
  clock.advance({ minutes: 11 });
  await second.keys.keepUp();
  const signed = await refreshOften(second, first);
  expect(decodeProtectedHeader(signed.access_token).kid).toBe(next.kid);

  const restored = await goBack();
  const { body } = await restored.api.get('/.well-known/jwks.json');
  expect(body.keys).toEqual([expect.not.objectContaining({ kid: next.kid })]);
  expect(await restored.api.get('/me', signed.access_token)).toMatchObject({ status: 401 });
  const healed = await restored.api.refresh(signed.refresh_token);
  expect(decodeProtectedHeader(healed.access_token).kid).toBe(body.keys[0].kid);
  expect(await restored.api.me(healed.access_token)).toMatchObject({ email: 'user1@example.com' });
});

test('RESTORED_SESSIONS=end: a token that is newer than the database ends its session, and the trail says so', async () => {
  const { second, sessions, goBack } = await startThreeTimes({ RESTORED_SESSIONS: 'end' });
  const [refreshed, idle] = sessions;
  if (!refreshed || !idle) throw new Error('There is no session.');
  const newest = await refreshOften(second, refreshed);
  const restored = await goBack();
  const ended = { status: 400, error: 'invalid_grant', reason: 'ended_by_admin' };
  await expect(restored.api.refresh(newest.refresh_token)).rejects.toMatchObject(ended);
  await expect(restored.api.refresh(newest.refresh_token)).rejects.toMatchObject(ended);
  await expect(restored.api.refresh(refreshed.refresh_token)).rejects.toMatchObject(ended); // the generation of the copy
  expect(await restored.api.get('/me', newest.access_token)).toMatchObject({ status: 401 });
  expect(await refreshOften(restored, idle)).toMatchObject({ session_id: idle.session_id }); // as old as the database
  const em = restored.database.em.fork();
  const events = await em.find(AuditEvent, { sessionId: newest.session_id }, { orderBy: { id: 'asc' } });
  expect(events.map(({ type, details }) => [type, details])).toEqual([
    ['session.started', {}],
    ['refresh_token.ahead_of_database', { generation: TURNS }],
    ['session.ended', { endReason: 'ended_by_admin' }],
  ]);
});

test('RESTORED_SESSIONS=end: of requests at once one ends the session, and all are refused', async () => {
  const { second, sessions, goBack } = await startThreeTimes({ RESTORED_SESSIONS: 'end' });
  const [first] = sessions;
  if (!first) throw new Error('There is no session.');
  const newest = await refreshOften(second, first);
  const restored = await goBack();
  const answers = await Promise.all(Array.from({ length: 8 }, () => restored.api.tryRefresh(newest.refresh_token)));
  const refused = { status: 400, body: { error: 'invalid_grant', reason: 'ended_by_admin' } };
  for (const answer of answers) expect(answer).toMatchObject(refused);
  expect(await aheadOf(restored)).toBe(1);
});

test('RESTORED_SESSIONS=end: a session that the database does not have is refused as any unknown one', async () => {
  const { second, goBack } = await startThreeTimes({ RESTORED_SESSIONS: 'end' });
  const { tokens } = await second.api.signUp({ email: 'late@example.com' });
  const { api } = await goBack();
  const { status, body } = await api.tryRefresh(tokens.refresh_token);
  expect([status, body.error, body.reason]).toEqual([400, 'invalid_grant', undefined]);
});

test.each([
  ['keep', true],
  ['end', false],
])(
  'RESTORED_SESSIONS=%s: introspection of a token that is newer than the database says active: %s',
  async (setting, active) => {
    const { second, sessions, goBack } = await startThreeTimes({ RESTORED_SESSIONS: setting });
    const [first] = sessions;
    if (!first) throw new Error('There is no session.');
    const newest = await refreshOften(second, first);
    const restored = await goBack();
    const em = restored.database.em.fork();
    const client_secret = (await restored.clients.register(em, { ...backend, scopes: ['tokens:introspect'] })) ?? '';
    const form = { token: newest.refresh_token, client_id: backend.id, client_secret };
    expect((await restored.api.form('/introspect', form)).body).toMatchObject({ active });
  },
);
