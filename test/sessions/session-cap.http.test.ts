import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { PASSWORD, type Tokens } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';

const ANN = 'ann@example.com';
const THREE = { MAX_SESSIONS_PER_USER: '3' };

async function startWithAnn(env: Record<string, string> = {}) {
  const service = await startService({ env: { ...THREE, ...env } });
  const { user, tokens } = await service.api.signUp({ email: ANN });
  const signIn = () => {
    service.clock.advance({ minutes: 1 });
    return service.api.signIn(ANN);
  };
  const live = async () => (await service.sessions.listLive(service.database.em, user.id)).map(({ id }) => id);
  return { ...service, user, first: tokens, signIn, live };
}

const idOf = ({ session_id }: Tokens) => session_id;
const tooMany = { status: 400, body: { error: 'invalid_grant', reason: 'too_many_sessions' } };

describe('sessions: with three at most', () => {
  test('the fourth sign-in ends the oldest, which is told why', async () => {
    const { api, first, signIn, live, database, user } = await startWithAnn();
    const [second, third] = [await signIn(), await signIn()];
    expect(await live()).toEqual([third, second, first].map(idOf));
    const fourth = await signIn();
    expect(await live()).toEqual([fourth, third, second].map(idOf));
    expect(await api.tryRefresh(first.refresh_token)).toMatchObject(tooMany);
    expect(await api.get('/me', first.access_token)).toMatchObject({ status: 401 });
    for (const { refresh_token } of [second, third, fourth]) await api.refresh(refresh_token);
    const ended = await database.em.fork().find(AuditEvent, { type: 'session.ended' });
    expect(ended).toMatchObject([
      { sessionId: idOf(first), userId: user.id, details: { endReason: 'too_many_sessions' } },
    ]);
  });

  test('the oldest is the one that began first, however lately it was used', async () => {
    const { api, first, signIn } = await startWithAnn();
    await signIn();
    await signIn();
    const used = await api.refresh(first.refresh_token);
    await signIn();
    expect(await api.tryRefresh(used.refresh_token)).toMatchObject(tooMany);
  });

  test('those that have ended or expired do not count, and keep their own reason', async () => {
    const { api, clock, first, signIn, live } = await startWithAnn({ SESSION_IDLE_TTL: '30m' });
    const second = await signIn();
    clock.advance({ minutes: 30 });
    const [third, fourth] = [await signIn(), await signIn()];
    await api.post('/logout', { refresh_token: third.refresh_token });
    const more = [await signIn(), await signIn()];
    expect(await live()).toEqual([...more.toReversed(), fourth].map(idOf));
    expect(await api.tryRefresh(first.refresh_token)).toMatchObject({ body: { reason: 'expired_idle' } });
    expect(await api.tryRefresh(second.refresh_token)).toMatchObject({ body: { reason: 'expired_idle' } });
    expect(await api.tryRefresh(third.refresh_token)).toMatchObject({ body: { reason: 'logged_out' } });
  });

  test('those of others do not count', async () => {
    const { api, first, signIn } = await startWithAnn();
    for (let people = 0; people < 4; people += 1) await api.signUp();
    await signIn();
    await signIn();
    await api.refresh(first.refresh_token);
  });

  test('a refused sign-in ends none', async () => {
    const { api, first, signIn } = await startWithAnn();
    await signIn();
    await signIn();
    await expect(api.signIn(ANN, { password: 'wrong password' })).rejects.toMatchObject({ status: 400 });
    await api.refresh(first.refresh_token);
  });

  test('one at most is one', async () => {
    const { api, first, signIn, live } = await startWithAnn({ MAX_SESSIONS_PER_USER: '1' });
    const second = await signIn();
    expect(await live()).toEqual([idOf(second)]);
    expect(await api.tryRefresh(first.refresh_token)).toMatchObject(tooMany);
  });

  test('twenty sign-ins at once leave three', async () => {
    const databaseUrl = await newDurableDatabase();
    const shared = { databaseUrl, env: { ...THREE, ISSUER: 'http://localhost:3000' } };
    const one = await startService(shared);
    // On PostgreSQL at two instances.
    const other = onPostgres ? await startService({ ...shared, clock: one.clock }) : one;
    const { user } = await one.api.signUp({ email: ANN });
    const signIn = (_: unknown, index: number) => (index % 2 ? other : one).api.signIn(ANN);
    const all = await Promise.all(Array.from({ length: 20 }, signIn));
    const live = (await one.sessions.listLive(one.database.em, user.id)).map(({ id }) => id);
    expect(live).toHaveLength(3);
    const em = one.database.em.fork();
    expect(await em.count(Session, { userId: user.id })).toBe(21);
    expect(await em.count(Session, { userId: user.id, endReason: 'too_many_sessions' })).toBe(18);
    const answers = await Promise.all(all.map(({ refresh_token }) => other.api.tryRefresh(refresh_token)));
    const survivors = all.filter((_, index) => answers[index]?.status === 200).map(idOf);
    expect(survivors.toSorted()).toEqual(live.toSorted());
  });
});

describe('sessions: a sign-in that brings what it should not', () => {
  test.each(['form', 'json'])('of another session opens a session of its own, as %s', async (kind) => {
    const { api, first, live } = await startWithAnn();
    const stolen = { refresh_token: first.refresh_token, session_id: first.session_id, sid: first.session_id };
    const parameters = { grant_type: 'password', username: ANN, password: PASSWORD, ...stolen };
    const headers = { Cookie: `session_id=${first.session_id}; refresh_token=${first.refresh_token}` };
    const { status, body } = await (kind === 'form' ? api.form : api.post)('/token', parameters, headers);
    expect(status).toBe(200);
    expect(body.session_id).not.toBe(first.session_id);
    expect(new Set(await live())).toEqual(new Set([first.session_id, body.session_id]));
    expect(await api.refresh(first.refresh_token)).toMatchObject({ session_id: first.session_id });
    expect(await api.refresh(body.refresh_token)).toMatchObject({ session_id: body.session_id });
  });

  test('of an attacker does not hand him the session', async () => {
    const { api, user } = await startWithAnn();
    const eve = await api.signUp({ email: 'eve@evil.example' });
    const { session_id, refresh_token } = eve.tokens;
    const tokens = await api.signIn(ANN, { session_id, refresh_token });
    expect(tokens.session_id).not.toBe(session_id);
    expect(await api.me(tokens.access_token)).toMatchObject({ id: user.id });
    const { access_token } = await api.refresh(refresh_token);
    expect(await api.me(access_token)).toMatchObject({ id: eve.user.id });
  });

  test('sets no cookie, and a cookie opens nothing', async () => {
    const { api, first } = await startWithAnn();
    const answer = await api.form('/token', { grant_type: 'password', username: ANN, password: PASSWORD });
    expect(answer.headers.getSetCookie()).toEqual([]);
    const headers = { Cookie: `access_token=${first.access_token}; session_id=${first.session_id}` };
    expect(await api.send('GET', '/me', { headers })).toMatchObject({ status: 401, body: { code: 'token_missing' } });
  });

  test('a sign-up that names a session is refused', async () => {
    const { api, first } = await startWithAnn();
    const members = { email: 'bob@example.com', password: PASSWORD, session_id: first.session_id };
    const errors = [{ pointer: '/session_id', code: 'unknown_member' }];
    expect(await api.post('/signup', members)).toMatchObject({ status: 400, body: { errors } });
  });
});
