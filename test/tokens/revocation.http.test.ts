import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { bearer } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';

describe('POST /revoke', () => {
  test('revoke: a refresh token takes its session and the access tokens with it', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    expect(await api.form('/revoke', { token: tokens.refresh_token })).toMatchObject({ status: 200, text: '' });
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { reason: 'logged_out' } });
    expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
  });

  test('revoke: an access token dies alone', async () => {
    const { api, database } = await startService();
    const { tokens, user } = await api.signUp();
    expect(await api.form('/revoke', { token: tokens.access_token })).toMatchObject({ status: 200, text: '' });
    expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    const next = await api.refresh(tokens.refresh_token);
    expect(await api.me(next.access_token)).toMatchObject({ id: user.id });
    expect(await database.em.fork().find(AuditEvent, { type: 'access_token.revoked' })).toMatchObject([
      { userId: user.id, sessionId: tokens.session_id },
    ]);
  });

  test('revoke: an older refresh token ends its own session and no other', async () => {
    const { api, clock, first, alive } = await signedInThreeTimes();
    await api.refresh(first.refresh_token);
    clock.advance({ minutes: 1 });
    expect(await api.form('/revoke', { token: first.refresh_token })).toMatchObject({ status: 200, text: '' });
    expect(await alive()).toEqual(['second', 'third', ...strangers]);
  });

  test('revoke: a session ends once, whoever ends it again', async () => {
    const { api, database } = await startService();
    const { tokens } = await api.signUp();
    await api.form('/revoke', { token: tokens.refresh_token });
    await api.form('/revoke', { token: tokens.refresh_token });
    expect(await database.em.fork().count(AuditEvent, { type: 'session.ended' })).toBe(1);
  });

  test.each(['refresh_token', 'access_token'] as const)(
    'revoke: an old %s of a live session counts too',
    async (kind) => {
      const { api } = await startService();
      const { tokens } = await api.signUp();
      await api.refresh(tokens.refresh_token);
      await api.form('/revoke', { token: tokens[kind] });
      expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    },
  );

  test.each(['', 'access_token', 'refresh_token', 'nonsense'])(
    'revoke: the hint "%s" changes nothing',
    async (hint) => {
      const { api } = await startService();
      const { tokens } = await api.signUp();
      await api.form('/revoke', { token: tokens.refresh_token, token_type_hint: hint });
      expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ status: 400 });
    },
  );

  test('revoke: what is unknown, garbage, expired or revoked already is answered the same', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    const other = await startService();
    const { tokens: foreign } = await other.api.signUp();
    await api.form('/revoke', { token: tokens.refresh_token });
    clock.advance({ minutes: 10 });
    for (const token of ['garbage', tokens.refresh_token, tokens.access_token, foreign.access_token, 'a.b.c']) {
      expect(await api.form('/revoke', { token })).toMatchObject({ status: 200, text: '' });
    }
  });

  test('revoke: twice at once is once', async () => {
    const { api, database } = await startService();
    const { tokens } = await api.signUp();
    const revoke = () => api.form('/revoke', { token: tokens.access_token });
    const answers = await Promise.all(Array.from({ length: 10 }, revoke));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    expect(await database.em.execute('select * from revoked_access_tokens')).toHaveLength(1);
  });

  test("revoke: another client's token is left alone, and the caller does not learn it", async () => {
    const { api } = await startService({ clients: [secondClient] });
    const { tokens } = await api.signUp();
    for (const token of [tokens.refresh_token, tokens.access_token]) {
      const answer = await api.form('/revoke', { token, client_id: secondClient.id });
      expect(answer).toMatchObject({ status: 200, text: '' });
    }
    await api.me(tokens.access_token);
    await api.refresh(tokens.refresh_token);
  });

  test('revoke: no token is a malformed request, an unknown client is none', async () => {
    const { api } = await startService();
    expect(await api.form('/revoke', {})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const stranger = await api.form('/revoke', { token: 'x', client_id: 'nobody' });
    expect(stranger).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

async function signedInThreeTimes() {
  const service = await startService();
  const { user, tokens: first } = await service.api.signUp();
  const second = await service.api.signIn(user.email);
  const third = await service.api.signIn(user.email);
  const { user: stranger, tokens: strangers } = await service.api.signUp();
  const { refresh_token } = await service.api.signIn(stranger.email);

  async function alive() {
    const states = { first, second, third, strangers, strangersSecond: { refresh_token } };
    const answers = await Promise.all(Object.values(states).map((one) => service.api.tryRefresh(one.refresh_token)));
    return Object.keys(states).filter((_, at) => answers[at]?.status === 200);
  }

  return { ...service, first, second, third, alive };
}

const strangers = ['strangers', 'strangersSecond'];

describe('POST /logout', () => {
  test.each([
    [{}, ['second', 'third', ...strangers]],
    [{ sessions: 'current' }, ['second', 'third', ...strangers]],
    [{ sessions: 'others' }, ['first', ...strangers]],
    [{ sessions: 'all' }, strangers],
  ])('log out: %o, with the access token, leaves %o', async (body, survivors) => {
    const { api, first, alive } = await signedInThreeTimes();
    expect(await api.post('/logout', body, bearer(first.access_token))).toMatchObject({ status: 204, text: '' });
    expect(await alive()).toEqual(survivors);
  });

  test.each([
    ['current', ['second', 'third', ...strangers]],
    ['others', ['first', ...strangers]],
    ['all', strangers],
  ])('log out: %s, with the refresh token alone, leaves %o', async (sessions, survivors) => {
    const { api, first, alive } = await signedInThreeTimes();
    const answer = await api.post('/logout', { sessions, refresh_token: first.refresh_token });
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(await alive()).toEqual(survivors);
  });

  test('log out: without a body the access token is enough', async () => {
    const { api, first } = await signedInThreeTimes();
    const answer = await api.send('POST', '/logout', { headers: bearer(first.access_token) });
    expect(answer).toMatchObject({ status: 204 });
    expect(await api.tryRefresh(first.refresh_token)).toMatchObject({ body: { reason: 'logged_out' } });
  });

  test('log out: a dead access token keeps nobody logged in who still has the refresh token', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    clock.advance({ minutes: 10 });
    const body = { refresh_token: tokens.refresh_token };
    expect(await api.post('/logout', body, bearer(tokens.access_token))).toMatchObject({ status: 204 });
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ body: { reason: 'logged_out' } });
  });

  test('log out: a second time there is nothing left to end', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    for (const headers of [bearer(tokens.access_token), {}]) {
      const body = { refresh_token: tokens.refresh_token };
      expect(await api.post('/logout', body, headers)).toMatchObject({ status: 204 });
    }
  });

  test('log out: a session that is over has no say about the others', async () => {
    const { api, first, alive } = await signedInThreeTimes();
    await api.post('/logout', {}, bearer(first.access_token));
    for (const sessions of ['others', 'all']) {
      const body = { sessions, refresh_token: first.refresh_token };
      expect(await api.post('/logout', body)).toMatchObject({ status: 204 });
    }
    expect(await alive()).toEqual(['second', 'third', ...strangers]);
  });

  test.each(['current', 'others', 'all'])(
    'log out: %s, with an older refresh token alone, ends its own session and no other',
    async (sessions) => {
      for (const pause of [0, 60]) {
        const { api, clock, first, alive, database } = await signedInThreeTimes();
        await api.refresh(first.refresh_token);
        clock.advance({ seconds: pause }); // within the grace, and after it
        const answer = await api.post('/logout', { sessions, refresh_token: first.refresh_token });
        expect(answer).toMatchObject({ status: 204, text: '' });
        expect(await alive()).toEqual(['second', 'third', ...strangers]);
        expect(await database.em.fork().find(AuditEvent, { type: 'session.ended' })).toMatchObject([
          { sessionId: first.session_id, details: { endReason: 'logged_out' } },
        ]);
      }
    },
  );

  test('log out: all, with an older refresh token beside a live access token, ends all', async () => {
    const { api, first, alive } = await signedInThreeTimes();
    const { access_token } = await api.refresh(first.refresh_token);
    const body = { sessions: 'all', refresh_token: first.refresh_token };
    expect(await api.post('/logout', body, bearer(access_token))).toMatchObject({ status: 204 });
    expect(await alive()).toEqual(strangers);
  });

  test('log out: all, with a refresh token that is newer than the database, ends all', async () => {
    const { api, first, alive, database } = await signedInThreeTimes();
    const { refresh_token } = await api.refresh(first.refresh_token);
    await database.em.fork().nativeUpdate(Session, { id: first.session_id }, { generation: 0 });
    expect(await api.post('/logout', { sessions: 'all', refresh_token })).toMatchObject({ status: 204 });
    expect(await alive()).toEqual(strangers);
  });

  test('log out: the first reason stays', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp();
    await api.refresh(tokens.refresh_token);
    clock.advance({ minutes: 1 });
    await api.tryRefresh(tokens.refresh_token); // copied: ends the session
    await api.post('/logout', { refresh_token: tokens.refresh_token });
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ body: { reason: 'token_reused' } });
  });

  test.each([
    ['no token at all', {}, {}, 400, 'invalid_request'],
    ['a dead access token alone', {}, bearer('dead'), 401, 'invalid_token'],
    ['a malformed header', {}, { Authorization: 'Bearer a b' }, 401, 'invalid_token'],
    ['sessions of an unknown kind', { sessions: 'mine' }, bearer('dead'), 400, 'invalid_request'],
  ])('log out: %s is refused', async (_, body, headers, status, code) => {
    const { api } = await startService();
    expect(await api.post('/logout', body, headers)).toMatchObject({ status, body: { code } });
  });

  test('log out: a refresh token that is garbage has nothing to end', async () => {
    const { api } = await startService();
    expect(await api.post('/logout', { refresh_token: 'garbage' })).toMatchObject({ status: 204 });
  });
});
