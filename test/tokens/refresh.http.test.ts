import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';

const invalidGrant = (reason?: string) => ({ error: 'invalid_grant', ...(reason && { reason }) });

describe('rotation', () => {
  test('refresh: the newest token gives the next pair for the same session', async () => {
    const { api, sessions } = await startService();
    const { tokens } = await api.signUp();
    const next = await api.refresh(tokens.refresh_token);
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect(next.session_id).toBe(tokens.session_id);
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 1 });
    expect(await api.me(next.access_token)).toMatchObject({ email: 'user1@example.com' });
  });

  test('refresh: the token before the newest gets the same successor while the grace lasts', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    const next = await api.refresh(tokens.refresh_token);
    clock.advance({ seconds: 30 });
    const again = await api.refresh(tokens.refresh_token);
    expect(again.refresh_token).toBe(next.refresh_token);
    expect(again.access_token).not.toBe(next.access_token);
  });

  test('refresh: the grace is counted from the rotation and does not slide', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    await api.refresh(tokens.refresh_token);
    clock.advance({ seconds: 20 });
    await api.refresh(tokens.refresh_token);
    clock.advance({ seconds: 11 });
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant('token_reused'));
  });

  test('refresh: a copied token ends the session, for the newest token too', async () => {
    const { api, clock, database } = await startService();
    const { tokens, user } = await api.signUp();
    const next = await api.refresh(tokens.refresh_token);
    clock.advance({ seconds: 31 });
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant('token_reused'));
    await expect(api.refresh(next.refresh_token)).rejects.toMatchObject(invalidGrant('token_reused'));
    expect(await api.get('/me', next.access_token)).toMatchObject({ status: 401 });
    const ended = await database.em.fork().find(AuditEvent, { type: 'session.ended' });
    expect(ended).toMatchObject([
      { userId: user.id, sessionId: tokens.session_id, details: { endReason: 'token_reused' } },
    ]);
  });

  test('refresh: a token whose successor was used ends the session, inside the grace too', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    const second = await api.refresh(tokens.refresh_token);
    await api.refresh(second.refresh_token);
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant('token_reused'));
  });

  test('refresh: with REFRESH_GRACE=0 the second use ends the session', async () => {
    const { api } = await startService({ env: { REFRESH_GRACE: '0' } });
    const { tokens } = await api.signUp();
    await api.refresh(tokens.refresh_token);
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant('token_reused'));
  });
});

describe('retries', () => {
  test('refresh: a retry with its key gets the same successor, hours later', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp({ remember_me: true });
    const key = randomUUID();
    const lost = await api.refresh(tokens.refresh_token, { key });
    clock.advance({ hours: 9 });
    const retried = await api.refresh(tokens.refresh_token, { key });
    expect(retried.refresh_token).toBe(lost.refresh_token);
    expect(await api.refresh(retried.refresh_token)).toMatchObject({ session_id: tokens.session_id });
  });

  test('refresh: a late retry with another key was made by somebody else', async () => {
    const { api, clock } = await startService({ env: { REFRESH_GRACE: '0' } });
    const { tokens } = await api.signUp();
    await api.refresh(tokens.refresh_token, { key: randomUUID() });
    clock.advance({ minutes: 1 });
    const stranger = api.refresh(tokens.refresh_token, { key: randomUUID() });
    await expect(stranger).rejects.toMatchObject(invalidGrant('token_reused'));
  });

  test('refresh: the key itself is not stored', async () => {
    const { api, sessions } = await startService();
    const { tokens } = await api.signUp();
    const key = randomUUID();
    await api.refresh(tokens.refresh_token, { key });
    expect(JSON.stringify(await sessions.find(tokens.session_id))).not.toContain(key);
  });
});

describe('refusals', () => {
  test("refresh: another client's token is refused, recorded, and left as it was", async () => {
    const { api, database } = await startService({ clients: [secondClient] });
    const { tokens } = await api.signUp();
    const stolen = await api.tryRefresh(tokens.refresh_token, { client: secondClient.id });
    expect(stolen).toMatchObject({ status: 400, body: invalidGrant() });
    expect(stolen.body.reason).toBeUndefined();
    const events = await database.em.fork().find(AuditEvent, { type: 'refresh_token.of_another_client' });
    expect(events).toMatchObject([{ clientId: secondClient.id, sessionId: tokens.session_id }]);
    await api.refresh(tokens.refresh_token);
  });

  test('refresh: more scope or another resource is refused and consumes nothing', async () => {
    const { api } = await startService({ clients: [secondClient] });
    const client = secondClient.id;
    const { tokens } = await api.signUp({ client_id: client, scope: 'notes:read' });
    const wider = api.refresh(tokens.refresh_token, { client, scope: 'notes:read notes:write' });
    await expect(wider).rejects.toMatchObject({ error: 'invalid_scope' });
    const elsewhere = api.refresh(tokens.refresh_token, { client, resource: 'https://mail.example' });
    await expect(elsewhere).rejects.toMatchObject({ error: 'invalid_target' });
    expect(await api.refresh(tokens.refresh_token, { client })).toMatchObject({ scope: 'notes:read' });
  });

  test('refresh: less scope narrows this access token and not the session', async () => {
    const { api } = await startService({ clients: [secondClient] });
    const client = secondClient.id;
    const { tokens } = await api.signUp({ client_id: client });
    expect(tokens.scope).toBe('notes:read notes:write');
    const narrower = await api.refresh(tokens.refresh_token, { client, scope: 'notes:read' });
    expect(narrower.scope).toBe('notes:read');
    expect(await api.refresh(narrower.refresh_token, { client })).toMatchObject({ scope: 'notes:read notes:write' });
  });

  test('refresh: a token of a session that is not there is refused', async () => {
    const { api, database } = await startService();
    const { tokens } = await api.signUp();
    await database.em.fork().nativeDelete(Session, { id: tokens.session_id });
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant());
  });
});

describe('ends', () => {
  test('refresh: a session that is not used ends, and says so', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    clock.advance({ hours: 2, seconds: 1 });
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant('expired_idle'));
  });

  test.each([
    { remember_me: false, pause: { hours: 1 }, turns: 11, end: { hours: 1, seconds: 1 } },
    { remember_me: true, pause: { days: 10 }, turns: 2, end: { days: 10, seconds: 1 } },
  ])('refresh: however often it is used, the absolute end comes: %o', async ({ remember_me, pause, turns, end }) => {
    const { api, clock } = await startService();
    let { tokens } = await api.signUp({ remember_me });
    for (let turn = 0; turn < turns; turn += 1) {
      clock.advance(pause);
      tokens = await api.refresh(tokens.refresh_token);
    }
    const { days = 0, hours = 0 } = end;
    expect(tokens.refresh_expires_in).toBeLessThanOrEqual((days * 24 + hours) * 3600);
    clock.advance(end);
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant('expired'));
  });

  test.each([
    ['user_disabled', (id: string) => ({ id, change: { disabledAt: new Date() } })],
    ['user_deleted', (id: string) => ({ id, change: null })],
  ])('refresh: the account is looked at each time: %s', async (reason, act) => {
    const { api, database } = await startService();
    const { tokens, user } = await api.signUp();
    const { id, change } = act(user.id);
    const em = database.em.fork();
    await (change ? em.nativeUpdate(User, { id }, change) : em.nativeDelete(User, { id }));
    await expect(api.refresh(tokens.refresh_token)).rejects.toMatchObject(invalidGrant(reason));
  });
});

test('refresh: a database restored from before the token carries on from the token', async () => {
  const { api, database, sessions } = await startService();
  const { tokens } = await api.signUp();
  const backedUp = await sessions.find(tokens.session_id);
  let { refresh_token } = tokens;
  for (let turn = 0; turn < 5; turn += 1) ({ refresh_token } = await api.refresh(refresh_token));
  await database.em.fork().nativeUpdate(Session, { id: tokens.session_id }, { generation: backedUp?.generation ?? -1 });

  const next = await api.refresh(refresh_token);
  expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 6, endedAt: null });
  expect(await database.em.fork().count(AuditEvent, { type: 'refresh_token.ahead_of_database' })).toBe(1);
  await api.refresh(next.refresh_token);
});
