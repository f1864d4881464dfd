// Many at once. On SQLite the races are between requests of one instance; on PostgreSQL also between instances.
import { describe, expect, test } from 'vitest';
import { Session } from '../../src/sessions/session.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';

const AT_ONCE = 50;

/** As many as `AT_ONCE` calls in flight together, spread evenly over the functions. */
function together<Result>(...calls: (() => Promise<Result>)[]): Promise<Result[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, (_, at) => calls[at % calls.length]?.() as Promise<Result>));
}

async function startTwo(env: Record<string, string> = {}) {
  const databaseUrl = await newDurableDatabase();
  const shared = { databaseUrl, env: { ISSUER: 'http://localhost:3000', ...env } };
  const one = await startService(shared);
  const other = await startService({ ...shared, clock: one.clock });
  return { one, other };
}

describe('one instance', () => {
  test('refresh: fifty at once with one token converge on one successor', async () => {
    const { api, sessions } = await startService();
    const { tokens } = await api.signUp();
    const answers = await together(() => api.refresh(tokens.refresh_token));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.access_token)).size).toBe(AT_ONCE);
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 1, endedAt: null });
  });

  test('refresh: without a grace, one of fifty wins and the session ends', async () => {
    const { api, sessions } = await startService({ env: { REFRESH_GRACE: '0' } });
    const { tokens } = await api.signUp();
    const answers = await together(() => api.tryRefresh(tokens.refresh_token));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(AT_ONCE - 1);
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 1, endReason: 'token_reused' });
  });

  test('refresh: after a log-out in the same instant no token lives', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    const logOut = () => api.post('/logout', { refresh_token: tokens.refresh_token });
    const answers = await together(() => api.tryRefresh(tokens.refresh_token), logOut);
    const survivors = answers.flatMap(({ body }) => body.refresh_token ?? []);
    for (const survivor of [tokens.refresh_token, ...survivors]) {
      await expect(api.refresh(survivor)).rejects.toMatchObject({ error: 'invalid_grant', reason: 'logged_out' });
    }
  });
});

describe.runIf(onPostgres)('two instances on one PostgreSQL', () => {
  test('refresh: fifty at once with one token converge on one successor', async () => {
    const { one, other } = await startTwo();
    const { tokens } = await one.api.signUp();
    const refreshAt = ({ api }: typeof one) => api.refresh(tokens.refresh_token);
    const answers = await together(
      () => refreshAt(one),
      () => refreshAt(other),
    );
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(await one.sessions.find(tokens.session_id)).toMatchObject({ generation: 1, endedAt: null });
  });

  test('refresh: without a grace, one of fifty wins and the session ends', async () => {
    const { one, other } = await startTwo({ REFRESH_GRACE: '0' });
    const { tokens } = await one.api.signUp();
    const refreshAt = ({ api }: typeof one) => api.tryRefresh(tokens.refresh_token);
    const answers = await together(
      () => refreshAt(one),
      () => refreshAt(other),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await one.sessions.find(tokens.session_id)).toMatchObject({ generation: 1, endReason: 'token_reused' });
  });

  test('refresh: fifty at once with a token newer than the database move it forward once', async () => {
    const { one, other } = await startTwo();
    const { tokens } = await one.api.signUp();
    const ahead = await one.api.refresh(tokens.refresh_token);
    await one.database.em.fork().nativeUpdate(Session, { id: tokens.session_id }, { generation: 0 });
    const answers = await together(
      () => one.api.refresh(ahead.refresh_token),
      () => other.api.refresh(ahead.refresh_token),
    );
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(await one.sessions.find(tokens.session_id)).toMatchObject({ generation: 2, endedAt: null });
  });

  test('sessions that end at one instance are over at the other', async () => {
    const { one, other } = await startTwo();
    const { tokens } = await one.api.signUp();
    await one.api.post('/logout', { refresh_token: tokens.refresh_token });
    expect(await other.api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    expect(await other.api.tryRefresh(tokens.refresh_token)).toMatchObject({ body: { reason: 'logged_out' } });
  });
});
