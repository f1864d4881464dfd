// The sessions of a client end with it, however many they are, and whatever comes between.
import { wrap } from '@mikro-orm/core';
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { RegisteredClient } from '../../src/clients/registered-client.ts';
import { theService } from '../../src/platform/origin.ts';
import { newId } from '../../src/platform/random.ts';
import { Session } from '../../src/sessions/session.ts';
import { basic } from '../clients/credentials.ts';
import { expectFailure } from '../http/failures.ts';
import { type Administered, startWithAdmin } from './administration.ts';

const app = { id: 'notes', name: 'Notes', type: 'public', first_party: true, grants: ['password', 'refresh_token'] };
const program = { id: 'reports', name: 'Reports', type: 'confidential', grants: ['client_credentials'] };
const path = `/admin/clients/${app.id}`;
/** More than end in one transaction. */
const MANY = 1_203;

type Start = Parameters<typeof startWithAdmin>[0];

/** Bob is signed in by the app. */
async function start(options: Start = {}) {
  const world = await startWithAdmin(options);
  const { admin, api, bob, clock } = world;
  await admin.post('/admin/clients', app);
  const tokens = await api.signIn(bob.user.email, { client_id: app.id });
  clock.advance({ seconds: 1 });
  return { ...world, tokens, refresh: () => api.tryRefresh(tokens.refresh_token, { client: app.id }) };
}

/** And so are many others. */
async function startWithMany(options: Start = {}) {
  const world = await start(options);
  const em = world.database.em.fork();
  const session = await em.findOneOrFail(Session, { id: world.tokens.session_id });
  const copies = Array.from({ length: MANY - 1 }, () => ({ ...wrap(session).toPOJO(), id: newId(), userId: newId() }));
  await em.insertMany(Session, copies);
  return world;
}

const countSessions = ({ database }: Administered, where: object) => database.em.fork().count(Session, where);

const endsOf = ({ database }: Administered) =>
  database.em.fork().find(AuditEvent, { type: 'session.ended', clientId: app.id });

async function expectDead({ api, tokens, refresh }: Awaited<ReturnType<typeof start>>, reason: string) {
  expect(await refresh()).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason } });
  expectFailure(await api.get('/me', tokens.access_token), 'problem', 401, 'invalid_token');
  expectFailure(await api.get('/forward-auth', tokens.access_token), 'problem', 401, 'invalid_token');
}

async function lastEvent({ admin, ada }: Administered, type: string) {
  const { body } = await admin.get(`/admin/audit-events?type=${type}`);
  expect(body.events[0].details).toMatchObject({ by: ada.id });
  return body.events[0].details;
}

describe('few sessions', () => {
  test.each([
    ['disabled', ({ admin }: Administered) => admin.patch(path, { disabled: true })],
    ['deleted', ({ admin }: Administered) => admin.del(path)],
  ] as const)('client sessions: they end in the act by which the client is %s', async (kind, act) => {
    const world = await start();
    expect((await act(world)).status).toBeLessThan(300);
    const endReason = `client_${kind}`;
    expect(await countSessions(world, { id: world.tokens.session_id, endReason })).toBe(1);
    expect(await endsOf(world)).toMatchObject([{ sessionId: world.tokens.session_id, details: { endReason } }]);
    expect(await lastEvent(world, `client.${kind}`)).toMatchObject({ sessions: 1 });
    expect(await countSessions(world, { clientId: 'first-party', endedAt: null })).toBe(3);
  });

  test('client sessions: enabling the client does not bring them back', async () => {
    const world = await start();
    for (const disabled of [true, false]) await world.admin.patch(path, { disabled });
    await expectDead(world, 'client_disabled');
    const again = await world.api.signIn(world.bob.user.email, { client_id: app.id });
    await world.api.refresh(again.refresh_token, { client: app.id });
  });

  test('client sessions: enabling a client that was never disabled ends none', async () => {
    const world = await start();
    await world.admin.patch(path, { disabled: false });
    expect((await world.refresh()).status).toBe(200);
  });

  test('client sessions: one that a sign-in under way opened while the client was disabled is dead as well', async () => {
    const world = await start();
    const { admin, bob, clock, database, sessions } = world;
    await admin.patch(path, { disabled: true });
    clock.advance({ seconds: 1 });
    const signIn = { userId: bob.user.id, clientId: app.id, scope: '', remembered: false, amr: ['pwd'] };
    const late = await database.em.transactional((tx) => sessions.open(tx, { ...signIn, origin: theService() }));
    clock.advance({ seconds: 1 });
    await admin.patch(path, { disabled: false });
    expect(await countSessions(world, { id: late.id, endReason: 'client_disabled' })).toBe(1);
  });
});

describe('a client that is registered again under its identifier', () => {
  test('client sessions: it inherits none, also none that a sign-in under way opened after the deletion', async () => {
    const world = await start();
    const { admin, bob, clock, database, sessions } = world;
    await admin.del(path);
    const signIn = { userId: bob.user.id, clientId: app.id, scope: '', remembered: false, amr: ['pwd'] };
    const late = await database.em.transactional((tx) => sessions.open(tx, { ...signIn, origin: theService() }));
    clock.advance({ seconds: 1 });
    expect((await admin.post('/admin/clients', app)).status).toBe(201);
    await expectDead(world, 'client_deleted');
    expect(await countSessions(world, { id: late.id, endedAt: null })).toBe(0);
  });

  test('client sessions: it inherits no access token and no secret', async () => {
    const world = await start();
    const { admin, api, clock } = world;
    const registration = { ...program, scopes: ['users:read', 'tokens:introspect'] };
    const register = async (): Promise<string> => (await admin.post('/admin/clients', registration)).body.client_secret;
    const ask = (secret: string) => api.form('/token', { grant_type: 'client_credentials' }, basic(program.id, secret));
    const isActive = async (token: string, secret: string): Promise<boolean> =>
      (await api.form('/introspect', { token }, basic(program.id, secret))).body.active;
    const old = await register();
    const { access_token: before } = (await ask(old)).body;
    expect([(await api.get('/admin/users', before)).status, await isActive(before, old)]).toEqual([200, true]);
    await admin.del(`/admin/clients/${program.id}`);
    clock.advance({ seconds: 1 });
    const secret = await register();
    expectFailure(await api.get('/admin/users', before), 'problem', 401, 'invalid_token');
    expectFailure(await api.get('/forward-auth', before), 'problem', 401, 'invalid_token');
    expect(await isActive(before, secret)).toBe(false);
    expect((await ask(old)).status).toBe(401);
    const { access_token: after } = (await ask(secret)).body;
    expect([(await api.get('/admin/users', after)).status, await isActive(after, secret)]).toEqual([200, true]);
  });
});

describe('many sessions', () => {
  const disable = ({ admin }: Administered) => admin.patch(path, { disabled: true });
  const rowOf = ({ database }: Administered) => database.em.fork().findOne(RegisteredClient, { id: app.id });

  test('client sessions: they end in batches, which go on after a crash, each with one event', async () => {
    const controller = new AbortController();
    const world = await startWithMany({ onLog: (line) => line.includes('"session.ended"') && controller.abort() });
    await disable(world);
    expect(await lastEvent(world, 'client.disabled')).toMatchObject({ sessions: MANY });
    expect(await endsOf(world)).toEqual([]);
    await world.clientSessions.endDue(theService(), controller.signal);
    expect(await countSessions(world, { clientId: app.id, endedAt: null })).toBe(MANY - 500);
    await world.clientSessions.endDue(theService());
    expect(await countSessions(world, { clientId: app.id, endReason: 'client_disabled' })).toBe(MANY);
    const ended = await endsOf(world);
    expect([ended.length, new Set(ended.map(({ sessionId }) => sessionId)).size]).toEqual([MANY, MANY]);
    expect(await rowOf(world)).toMatchObject({ sessionsEndBefore: null, disabledAt: expect.any(Date) });
  });

  test('client sessions: while they are being ended, a client that is enabled again does not revive them', async () => {
    const world = await startWithMany();
    const { admin, api, bob, clientSessions, clients, database, tokens } = world;
    await disable(world);
    await admin.patch(path, { disabled: false });
    expect(await countSessions(world, { id: tokens.session_id, endedAt: null })).toBe(1);
    await expectDead(world, 'client_disabled');
    const asking = { ...program, id: 'asks', scopes: ['tokens:introspect'] };
    const { client_secret: secret } = (await admin.post('/admin/clients', asking)).body;
    const ask = async (token: string) => (await api.form('/introspect', { token }, basic('asks', secret))).body;
    for (const token of [tokens.refresh_token, tokens.access_token])
      expect(await ask(token)).toEqual({ active: false });
    const again = await api.signIn(bob.user.email, { client_id: app.id });
    await clientSessions.endDue(theService());
    expect(await clients.findEnding(database.em, app.id)).toBeNull();
    expect(await countSessions(world, { clientId: app.id, endedAt: null })).toBe(1);
    await expectDead(world, 'client_disabled');
    await api.refresh(again.refresh_token, { client: app.id });
  });

  test('client sessions: a deleted client is gone at once, and its identifier is taken until they have ended', async () => {
    const world = await startWithMany();
    const { admin, clientSessions, clock } = world;
    expect((await admin.del(path)).status).toBe(204);
    expect(await lastEvent(world, 'client.deleted')).toMatchObject({ sessions: MANY });
    expectFailure(await admin.get(path), 'problem', 404, 'client_unknown');
    expectFailure(await admin.patch(path, { disabled: false }), 'problem', 404, 'client_unknown');
    expectFailure(await admin.del(path), 'problem', 404, 'client_unknown');
    expect((await admin.get('/admin/clients')).body.clients).toEqual([]);
    expect((await world.refresh()).body).toMatchObject({ error: 'invalid_client' });
    expectFailure(await admin.post('/admin/clients', app), 'problem', 409, 'client_taken');
    await clientSessions.endDue(theService());
    expect(await rowOf(world)).toBeNull();
    clock.advance({ seconds: 1 });
    expect((await admin.post('/admin/clients', app)).status).toBe(201);
    await expectDead(world, 'client_deleted');
  });

  test('client sessions: two instances that end them at once write one event for each', async () => {
    const world = await startWithMany();
    await disable(world);
    const { clientSessions } = world;
    await Promise.all([clientSessions.endDue(theService()), clientSessions.endDue(theService())]);
    expect(await countSessions(world, { clientId: app.id, endedAt: null })).toBe(0);
    expect(await endsOf(world)).toHaveLength(MANY);
  });
});
