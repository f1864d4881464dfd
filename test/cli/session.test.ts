// Sessions that the operator ends: all of them, those of one user, or those that began before an instant.
import { expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { commandLine } from '../../src/platform/origin.ts';
import { Session } from '../../src/sessions/session.ts';
import { latchkey } from '../harness/latchkey.ts';
import { newDurableDatabase, type RunningService, startService } from '../harness/service.ts';

/** Two users, with two devices each; the second device of each signed in an hour after the first. */
async function openDeployment() {
  const databaseUrl = await newDurableDatabase();
  const service = await startService({ databaseUrl });
  const { api, clock } = service;
  const ada = await api.signUp({ email: 'ada@example.com' });
  const bob = await api.signUp({ email: 'bob@example.com' });
  clock.advance({ hours: 1 });
  const between = clock.now();
  const later = { ada: await api.signIn('ada@example.com'), bob: await api.signIn('bob@example.com') };
  const tokens = { ada: ada.tokens, bob: bob.tokens, adaLater: later.ada, bobLater: later.bob };
  const run = (...words: string[]) => latchkey(databaseUrl, ['session', 'end', ...words]);
  return { ...service, ada: ada.user, between, tokens, run };
}

type Deployment = Awaited<ReturnType<typeof openDeployment>>;

/** Whose refresh is refused, with the reason that the operator ended the session. The others go on. */
async function endedOf({ api, tokens }: Deployment): Promise<string[]> {
  const ended: string[] = [];
  for (const [name, { refresh_token }] of Object.entries(tokens)) {
    const { status, body } = await api.tryRefresh(refresh_token);
    if (status === 200) continue;
    expect(body).toMatchObject({ error: 'invalid_grant', reason: 'ended_by_admin' });
    ended.push(name);
  }
  return ended;
}

function endEvents({ database }: RunningService) {
  return database.em.fork().find(AuditEvent, { type: 'session.ended' }, { orderBy: { id: 'asc' } });
}

test('session end --all: every session ends, access tokens included, and a second run finds none', async () => {
  const deployment = await openDeployment();
  const { run, api, tokens } = deployment;
  expect(await run('--all')).toEqual({ stdout: '4 sessions ended.\n', stderr: '', code: 0 });
  expect(await endedOf(deployment)).toEqual(['ada', 'bob', 'adaLater', 'bobLater']);
  expect(await api.get('/me', tokens.adaLater.access_token)).toMatchObject({ status: 401 });
  expect(await run('--all', '--json')).toMatchObject({ stdout: '{\n  "ended": 0\n}\n', code: 0 });
  await api.signIn('ada@example.com');
  expect((await run('--all')).stdout).toBe('1 session ended.\n');
});

test('session end --user: the sessions of one user end, by any name of the user', async () => {
  const deployment = await openDeployment();
  expect((await deployment.run('--user', 'ADA@example.com')).stdout).toBe('2 sessions ended.\n');
  expect(await endedOf(deployment)).toEqual(['ada', 'adaLater']);
  expect((await deployment.run('--user', deployment.ada.id)).stdout).toBe('0 sessions ended.\n');
});

test('session end --before: sessions that began before the instant end, those that began at it go on', async () => {
  const deployment = await openDeployment();
  const { run, between } = deployment;
  expect((await run('--before', between.toISOString())).stdout).toBe('2 sessions ended.\n');
  expect(await endedOf(deployment)).toEqual(['ada', 'bob']);
});

test('session end: one audit event for each session says whose it was and where the order came from', async () => {
  const deployment = await openDeployment();
  await deployment.run('--user', 'ada@example.com');
  const events = await endEvents(deployment);
  const said = { userId: deployment.ada.id, clientId: 'first-party', ip: 'command line' };
  const { ada, adaLater } = deployment.tokens;
  expect(events).toHaveLength(2);
  for (const event of events) expect(event).toMatchObject({ ...said, details: { endReason: 'ended_by_admin' } });
  const ended = events.map(({ sessionId }) => sessionId);
  expect(ended.toSorted()).toEqual([ada.session_id, adaLater.session_id].toSorted());
});

test('session end: more sessions than one batch holds, each is ended and told once, also by two runs at once', async () => {
  const deployment = await openDeployment();
  const { database, endSessions } = deployment;
  const em = database.em.fork();
  const template = await em.findOneOrFail(Session, { id: deployment.tokens.ada.session_id });
  const { id: _, ...rest } = { ...template };
  const hex = (n: number) => n.toString(16).padStart(12, '0');
  const rows = Array.from({ length: 450 }, (_, n) => ({ ...rest, id: `0199aaaa-0000-7000-8000-${hex(n)}` }));
  await em.insertMany(Session, rows);
  const [one, other] = await Promise.all([endSessions({}, commandLine()), endSessions({}, commandLine())]);
  expect(one + other).toBe(454);
  expect(await em.fork().count(Session, { endedAt: null })).toBe(0);
  expect(await endEvents(deployment)).toHaveLength(454);
});

test('session end: a session that a wrong clock takes for expired ends too', async () => {
  const deployment = await openDeployment();
  const em = deployment.database.em.fork();
  const past = new Date(0);
  await em.nativeUpdate(Session, { id: deployment.tokens.ada.session_id }, { idleExpiresAt: past, expiresAt: past });
  expect((await deployment.run('--all')).stdout).toBe('4 sessions ended.\n');
});

test.each([
  [[], /^Give exactly one of --all, --before <instant> and --user <login>\.\n$/],
  [['--all', '--user', 'ada@example.com'], /^Give exactly one of /],
  [['--before', '2026-01-31'], /^--before needs a date and a time with its zone/],
  [['--before', '2026-01-31T12:00:00'], /^--before needs a date and a time with its zone/],
  [['--user', 'nobody@example.com'], /no such user/],
])('session end %j: refused in a line, and nothing ends', async (words, refusal) => {
  const deployment = await openDeployment();
  const { stdout, stderr, code } = await deployment.run(...words);
  expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  expect(stderr).toMatch(refusal);
  expect(await endedOf(deployment)).toEqual([]);
});
