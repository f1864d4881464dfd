// Refresh tokens from before a change of the password: refused, and of no consequence.
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { basic } from '../clients/credentials.ts';
import { PASSWORD } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';

const NEW_PASSWORD = 'another horse battery';
const KEY = 'the-key-of-the-owner';

const superseded = { status: 400, body: { error: 'invalid_grant', reason: 'password_changed' } };

/** The first token of a session, its successor made with a key, and what a change of the password was answered with. */
async function startAfterChange(options: Parameters<typeof startService>[0] = {}) {
  const service = await startService(options);
  const { api } = service;
  const { user, tokens: first } = await api.signUp();
  const second = await api.refresh(first.refresh_token, { key: KEY });
  const members = { current_password: PASSWORD, new_password: NEW_PASSWORD };
  const { status, body: renewed } = await api.put('/me/password', members, second.access_token);
  expect(status).toBe(200);
  return { ...service, user, first, second, renewed };
}

describe('password: after a change', () => {
  test('the older refresh tokens are refused, at any time and with any key, and end nothing', async () => {
    const { api, clock, first, second, renewed, sessions } = await startAfterChange();
    const refuse = async () => {
      for (const { refresh_token } of [first, second]) {
        for (const key of [undefined, KEY, 'another']) {
          expect(await api.tryRefresh(refresh_token, { ...(key && { key }) })).toMatchObject(superseded);
        }
      }
    };
    await refuse();
    clock.advance({ seconds: 31 });
    await refuse();
    const next = await api.refresh(renewed.refresh_token);
    await refuse();
    expect(next.session_id).toBe(first.session_id);
    expect(await sessions.find(first.session_id)).toMatchObject({ generation: 3, minGeneration: 2, endedAt: null });
  });

  test('the tokens since then rotate, repeat and are found copied as always', async () => {
    const { api, clock, renewed } = await startAfterChange();
    const next = await api.refresh(renewed.refresh_token, { key: KEY });
    expect((await api.refresh(renewed.refresh_token)).refresh_token).toBe(next.refresh_token);
    clock.advance({ seconds: 31 });
    expect((await api.refresh(renewed.refresh_token, { key: KEY })).refresh_token).toBe(next.refresh_token);
    const copied = { status: 400, body: { reason: 'token_reused' } };
    expect(await api.tryRefresh(renewed.refresh_token)).toMatchObject(copied);
  });

  test('the session goes on as it was: its client, its scope, and the access tokens that it has', async () => {
    const { api, user, second, renewed } = await startAfterChange();
    const { access_token, refresh_token, refresh_after, ...same } = renewed;
    expect(second).toMatchObject({ ...same, refresh_expires_in: expect.any(Number) });
    for (const token of [second.access_token, access_token]) expect(await api.me(token)).toMatchObject({ id: user.id });
  });

  test('an answer that is lost: the owner has to sign in again, and the session is not suspected', async () => {
    const { api, user, second, database } = await startAfterChange();
    expect(await api.tryRefresh(second.refresh_token, { key: KEY })).toMatchObject(superseded);
    const { body } = await api.get('/me/sessions', second.access_token);
    expect(body.sessions).toMatchObject([{ id: second.session_id, current: true }]);
    const again = await api.signIn(user.email, { password: NEW_PASSWORD });
    expect(await api.refresh(again.refresh_token)).toMatchObject({ session_id: again.session_id });
    expect(await database.em.fork().count(AuditEvent, { type: 'session.ended' })).toBe(0);
  });

  test('an older refresh token is not active, and the new one is', async () => {
    const { api, secrets, first, second, renewed } = await startAfterChange({
      clients: [{ ...backend, scopes: ['tokens:introspect'] }],
    });
    const introspect = async (token: string) => {
      const headers = basic(backend.id, secrets[backend.id] ?? '');
      return (await api.form('/introspect', { token }, headers)).body;
    };
    for (const { refresh_token } of [first, second]) expect(await introspect(refresh_token)).toEqual({ active: false });
    expect(await introspect(renewed.refresh_token)).toMatchObject({ active: true, sid: first.session_id });
  });

  test('an older refresh token can log out and be revoked: its own session, and no other', async () => {
    for (const path of ['/logout', '/revoke']) {
      const { api, user, first, second, renewed, sessions, database } = await startAfterChange();
      const other = await api.signIn(user.email, { password: NEW_PASSWORD });
      const token = second.refresh_token;
      if (path === '/logout') await api.post(path, { sessions: 'all', refresh_token: token });
      else await api.form(path, { token });
      expect(await api.tryRefresh(renewed.refresh_token)).toMatchObject({ body: { reason: 'logged_out' } });
      const live = await sessions.listLive(database.em, user.id);
      expect(live.map(({ id }) => id)).toEqual([other.session_id]);
      expect(await sessions.find(first.session_id)).toMatchObject({ endReason: 'logged_out' });
    }
  });

  test('the session of another is refused as it was before', async () => {
    const { api } = await startAfterChange();
    const { tokens } = await api.signUp();
    expect(await api.refresh(tokens.refresh_token)).toMatchObject({ session_id: tokens.session_id });
  });
});
