import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { type RunningService, startService } from '../harness/service.ts';

const ann = { email: 'ann@example.com', password: PASSWORD };

/** How many rows there are of everything that a sign-up makes. */
async function countRows({ database }: RunningService) {
  const em = database.em.fork();
  return { users: await em.count(User), sessions: await em.count(Session), events: await em.count(AuditEvent) };
}

const nothing = { users: 0, sessions: 0, events: 0 };

describe('sign-up: a new account', () => {
  test('is answered with the user, with tokens that work, and with where to find it', async () => {
    const { api } = await startService();
    const { status, headers, body } = await api.post('/signup', ann);
    expect(status).toBe(201);
    expect(headers.get('Location')).toBe('/me');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(Object.keys(body).toSorted()).toEqual(['tokens', 'user']);
    expect(await api.me(body.tokens.access_token)).toEqual(body.user);
    expect(await api.refresh(body.tokens.refresh_token)).toMatchObject({ session_id: body.tokens.session_id });
  });

  test('keeps the address as it was written, and what it is compared by', async () => {
    const { api, users } = await startService();
    const { user } = await api.signUp({ email: 'Ame\u0301lie@B\u00fccher.example' });
    expect(user.email).toBe('Am\u00e9lie@B\u00fccher.example');
    expect(await users.find(user.id)).toMatchObject({
      email: 'Am\u00e9lie@B\u00fccher.example',
      emailCanonical: 'am\u00e9lie@xn--bcher-kva.example',
      emailVerifiedAt: null,
    });
  });

  test('keeps no password, only a salted hash', async () => {
    const { api, users, database } = await startService();
    const people = [await api.signUp(), await api.signUp()];
    const [one, other] = await Promise.all(people.map(async ({ user }) => (await users.find(user.id))?.passwordHash));
    expect(one).toMatch(/^\$argon2id\$v=19\$m=1024,/);
    expect(one).not.toBe(other);
    for (const table of ['users', 'sessions', 'audit_events']) {
      expect(JSON.stringify(await database.em.execute(`select * from ${table}`))).not.toContain(PASSWORD);
    }
  });

  test('has one session, remembered if asked for, and two events that tell of it', async () => {
    const service = await startService();
    const { user, tokens } = await service.api.signUp({ remember_me: true });
    expect(tokens.refresh_expires_in).toBe(1_209_600);
    expect(await service.sessions.find(tokens.session_id)).toMatchObject({
      userId: user.id,
      clientId: 'first-party',
      remembered: true,
      amr: ['pwd'],
    });
    const events = await service.database.em.fork().findAll(AuditEvent);
    const about = { userId: user.id, clientId: 'first-party', details: {} };
    expect(events).toHaveLength(2);
    expect(events).toContainEqual(expect.objectContaining({ ...about, type: 'user.signed_up' }));
    expect(events).toContainEqual(
      expect.objectContaining({ ...about, type: 'session.started', sessionId: tokens.session_id }),
    );
  });

  test.each([
    [undefined, 7_200],
    [false, 7_200],
    ['false', 7_200],
    [true, 1_209_600],
    ['true', 1_209_600],
  ])('with remember_me %j', async (rememberMe, seconds) => {
    const { api } = await startService();
    const { tokens } = await api.signUp({ remember_me: rememberMe });
    expect(tokens.refresh_expires_in).toBe(seconds);
  });

  test('needs neither classes of characters nor more than they say', async () => {
    const { api } = await startService();
    for (const password of ['abcdefghijklmnopqrst', '🐴'.repeat(8), '€'.repeat(341), 'é'.repeat(64)]) {
      const { user } = await api.signUp({ password });
      const tokens = await api.signIn(user.email, { password });
      expect(tokens.token_type).toBe('Bearer');
    }
  });
});

describe('sign-up: through a client', () => {
  test.each([
    [undefined, 'notes:read notes:write'],
    ['notes:read', 'notes:read'],
  ])('with the scope %s', async (scope, granted) => {
    const { api } = await startService({ clients: [secondClient] });
    const { tokens } = await api.signUp({ client_id: 'notes-app', scope });
    expect(tokens.scope).toBe(granted);
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      client_id: 'notes-app',
      scope: granted,
      aud: 'https://notes.example',
    });
    expect((await api.tryRefresh(tokens.refresh_token)).status).toBe(400);
    expect(await api.refresh(tokens.refresh_token, { client: 'notes-app' })).toMatchObject({ scope: granted });
  });

  test.each([
    ['that is unknown', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['that is empty', { client_id: '' }, 401, 'invalid_client'],
    ['that may not take passwords', { client_id: 'reader' }, 400, 'unauthorized_client'],
    ['with a scope beyond it', { client_id: 'notes-app', scope: 'notes:read users:write' }, 400, 'invalid_scope'],
    ['with a scope that no role gives', { scope: 'notes:delete' }, 400, 'invalid_scope'],
    ['with a malformed scope', { client_id: 'notes-app', scope: 'notes:read  notes:write' }, 400, 'invalid_scope'],
  ])('%s it is refused, and nothing is made', async (_, members, status, code) => {
    const reader = { ...secondClient, id: 'reader', grants: ['refresh_token'] } as const;
    const service = await startService({ clients: [secondClient, reader] });
    const answer = await service.api.post('/signup', { ...ann, ...members });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await countRows(service)).toEqual(nothing);
  });

  test('that is switched off it is refused', async () => {
    const service = await startService({ env: { FIRST_PARTY_CLIENT: '' } });
    const { status, body } = await service.api.post('/signup', ann);
    expect([status, body.code]).toEqual([401, 'invalid_client']);
    expect(await countRows(service)).toEqual(nothing);
  });
});

describe('sign-up: all or nothing', () => {
  test('trouble with the session takes the user with it', async () => {
    const service = await startService();
    await service.database.em.execute('alter table sessions rename to sessions_elsewhere');
    const { status, body } = await service.api.post('/signup', ann);
    expect([status, body.code]).toEqual([500, 'internal_error']);
    await service.database.em.execute('alter table sessions_elsewhere rename to sessions');
    expect(await countRows(service)).toEqual(nothing);
    expect((await service.api.post('/signup', ann)).status).toBe(201);
  });

  test('trouble with the audit log does too', async () => {
    const service = await startService();
    await service.database.em.execute('alter table audit_events rename to audit_events_elsewhere');
    expect((await service.api.post('/signup', ann)).status).toBe(500);
    await service.database.em.execute('alter table audit_events_elsewhere rename to audit_events');
    expect(await countRows(service)).toEqual(nothing);
  });
});
