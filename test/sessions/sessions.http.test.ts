import { describe, expect, test } from 'vitest';
import { bearer, PASSWORD, type Tokens } from '../harness/api.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';

const ANN = 'ann@example.com';

async function startWithAnn(env: Record<string, string> = {}) {
  const service = await startService({ env });
  const { user, tokens } = await service.api.signUp({ email: ANN });
  const list = async ({ access_token }: Tokens) => (await service.api.get('/me/sessions', access_token)).body.sessions;
  const idsOf = async (tokens: Tokens) => (await list(tokens)).map(({ id }: { id: string }) => id);
  const end = (id: string, by = tokens) =>
    service.api.send('DELETE', `/me/sessions/${id}`, { headers: bearer(by.access_token) });
  return { ...service, user, tokens, list, idsOf, end };
}

describe('sessions: the list', () => {
  test('says of each session what people need to know it by, and nothing else', async () => {
    const { api, clock, tokens, list } = await startWithAnn();
    const started = clock.now();
    clock.advance({ hours: 1 });
    const parameters = { grant_type: 'password', username: ANN, password: PASSWORD, remember_me: 'true' };
    const { body: phone } = await api.form('/token', parameters, { 'User-Agent': "Ann's phone/7" });
    const hoursAfter = (from: Date, hours: number) => new Date(from.getTime() + hours * 3_600_000).toISOString();
    expect(await list(phone)).toEqual([
      {
        id: phone.session_id,
        client_id: 'first-party',
        created_at: hoursAfter(started, 1),
        last_used_at: hoursAfter(started, 1),
        idle_expires_at: hoursAfter(started, 1 + 14 * 24),
        expires_at: hoursAfter(started, 1 + 30 * 24),
        remembered: true,
        ip: '127.0.0.1',
        user_agent: "Ann's phone/7",
        current: true,
      },
      {
        id: tokens.session_id,
        client_id: 'first-party',
        created_at: hoursAfter(started, 0),
        last_used_at: hoursAfter(started, 0),
        idle_expires_at: hoursAfter(started, 2),
        expires_at: hoursAfter(started, 12),
        remembered: false,
        ip: '127.0.0.1',
        user_agent: expect.any(String),
        current: false,
      },
    ]);
  });

  test('is newest first, of this user alone, and each session finds itself in it', async () => {
    const { api, clock, tokens, list, idsOf } = await startWithAnn();
    const all = [tokens];
    for (let signIns = 0; signIns < 4; signIns += 1) {
      clock.advance({ minutes: 1 });
      all.unshift(await api.signIn(ANN));
      await api.signUp();
    }
    const ids = all.map(({ session_id }) => session_id);
    for (const session of all) {
      expect(await idsOf(session)).toEqual(ids);
      const current = (await list(session)).filter((one: { current: boolean }) => one.current);
      expect(current).toMatchObject([{ id: session.session_id }]);
    }
  });

  test('moves with a refresh: when it was used, and when it would end unused; not when it ends', async () => {
    const { api, clock, tokens, list } = await startWithAnn();
    const [before] = await list(tokens);
    clock.advance({ hours: 1 });
    const next = await api.refresh(tokens.refresh_token);
    const at = clock.now().toISOString();
    const later = new Date(clock.now().getTime() + 2 * 3_600_000).toISOString();
    expect(await list(next)).toEqual([{ ...before, last_used_at: at, idle_expires_at: later }]);
  });

  test('holds no token and nothing of one', async () => {
    const { api, tokens } = await startWithAnn();
    const next = await api.refresh(tokens.refresh_token, { key: 'a-retry-key' });
    const { text, headers } = await api.get('/me/sessions', next.access_token);
    for (const token of [tokens, next].flatMap((one) => [one.access_token, one.refresh_token])) {
      for (const part of token.replace('lkr_', '').split('.')) expect(text).not.toContain(part.slice(0, 16));
    }
    expect(text).not.toMatch(/lkr_|generation|hash|a-retry-key/i);
    expect(headers.get('Cache-Control')).toBe('no-store');
  });

  test('leaves out what has ended or expired', async () => {
    const env = { SESSION_IDLE_TTL: '30m', SESSION_TTL: '40m', ACCESS_TOKEN_TTL: '1h' };
    const { api, clock, idsOf, end, tokens: idle } = await startWithAnn(env);
    const spent = await api.signIn(ANN);
    const [here, loggedOut, ended] = [await remembered(), await remembered(), await remembered()];
    clock.advance({ minutes: 20 });
    const { refresh_token } = await api.refresh(spent.refresh_token);
    expect(new Set(await idsOf(here))).toEqual(
      new Set([idle, spent, here, loggedOut, ended].map((one) => one.session_id)),
    );
    await api.post('/logout', { refresh_token: loggedOut.refresh_token });
    clock.advance({ minutes: 10 });
    const again = await api.refresh(here.refresh_token);
    await end(ended.session_id, again);
    expect(new Set(await idsOf(again))).toEqual(new Set([spent, here].map((one) => one.session_id)));
    clock.advance({ minutes: 10 });
    expect(await api.tryRefresh(refresh_token)).toMatchObject({ body: { reason: 'expired' } });
    expect(await idsOf(await api.refresh(again.refresh_token))).toEqual([here.session_id]);

    function remembered() {
      return api.signIn(ANN, { remember_me: 'true' });
    }
  });

  test('outlives a restart', async () => {
    const databaseUrl = await newDurableDatabase();
    const shared = { databaseUrl, env: { ISSUER: 'http://localhost:3000' } };
    const before = await startService(shared);
    const { tokens } = await before.api.signUp({ email: ANN });
    const { body } = await before.api.get('/me/sessions', tokens.access_token);
    await before.stop();
    const { api } = await startService({ ...shared, clock: before.clock });
    expect((await api.get('/me/sessions', tokens.access_token)).body).toEqual(body);
  });
});

describe('sessions: ending one', () => {
  test('of the own: its refresh is told why, its access token is dead at once, the others live', async () => {
    const { api, end, tokens, idsOf } = await startWithAnn();
    const [lost, third] = [await api.signIn(ANN), await api.signIn(ANN)];
    expect(await end(lost.session_id)).toMatchObject({ status: 204, text: '' });
    expect(await api.get('/me', lost.access_token)).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
    const refresh = await api.tryRefresh(lost.refresh_token);
    expect(refresh).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'ended_by_user' } });
    expect(new Set(await idsOf(tokens))).toEqual(new Set([tokens.session_id, third.session_id]));
    await api.refresh(third.refresh_token);
  });

  test('of the own: also the one that asks', async () => {
    const { api, end, tokens } = await startWithAnn();
    expect(await end(tokens.session_id)).toMatchObject({ status: 204, text: '' });
    expect(await api.get('/me/sessions', tokens.access_token)).toMatchObject({ status: 401 });
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ body: { reason: 'ended_by_user' } });
    expect(await end(tokens.session_id)).toMatchObject({ status: 401 });
  });

  test('of the own: with its identifier in upper case', async () => {
    const { api, end } = await startWithAnn();
    const lost = await api.signIn(ANN);
    expect(await end(lost.session_id.toUpperCase())).toMatchObject({ status: 204 });
    expect(await api.tryRefresh(lost.refresh_token)).toMatchObject({ body: { reason: 'ended_by_user' } });
  });

  test("another's, an unknown one, and one that is over are answered the same to the byte", async () => {
    const { api, end, clock, tokens } = await startWithAnn({ SESSION_IDLE_TTL: '30m', ACCESS_TOKEN_TTL: '1h' });
    const expired = await api.signIn(ANN);
    clock.advance({ minutes: 20 });
    const here = await api.refresh(tokens.refresh_token);
    const ended = await api.signIn(ANN);
    const bob = await api.signUp();
    expect((await end(ended.session_id, here)).status).toBe(204);
    clock.advance({ minutes: 10 });
    const unknown = await end('0199aaaa-0000-7000-8000-000000000000', here);
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
    for (const id of [bob.tokens.session_id, ended.session_id, expired.session_id]) {
      expect(visible(await end(id, here))).toEqual(visible(unknown));
    }
    await api.refresh(bob.tokens.refresh_token);
    expect(await api.tryRefresh(ended.refresh_token)).toMatchObject({ body: { reason: 'ended_by_user' } });
    expect(await api.tryRefresh(expired.refresh_token)).toMatchObject({ body: { reason: 'expired_idle' } });
  });

  test.each(['*', '%2A', 'x'.repeat(1024), '1', '%00', "' or 1=1 --", '0199aaaa00007000800000000000000'])(
    'by %s is refused, and ends none',
    async (id) => {
      const { api, end, tokens } = await startWithAnn();
      const other = await api.signIn(ANN);
      expect(await end(id)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      await api.refresh(other.refresh_token);
      await api.refresh(tokens.refresh_token);
    },
  );

  test('without an access token is refused', async () => {
    const { api, tokens } = await startWithAnn();
    const path = `/me/sessions/${tokens.session_id}`;
    expect(await api.send('DELETE', path)).toMatchObject({ status: 401, body: { code: 'token_missing' } });
    await api.refresh(tokens.refresh_token);
  });
});
