// Many at once. On SQLite the races are between requests of one instance; on PostgreSQL also between instances.
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { PASSWORD, type Tokens } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, type RunningService, startService } from '../harness/service.ts';

const ANN = 'ann@example.com';
const ROUNDS = ['first', 'second', 'third', 'fourth'];

/** Two instances on one database where there can be two; the same one twice where not. */
async function startInstances() {
  const databaseUrl = await newDurableDatabase();
  const shared = { databaseUrl, env: { ISSUER: 'http://localhost:3000' } };
  const one = await startService(shared);
  const other = onPostgres ? await startService({ ...shared, clock: one.clock }) : one;
  return { one, other };
}

const newPassword = { current_password: PASSWORD, new_password: 'another horse battery' };
const passwordForm = (password: string) => ({ grant_type: 'password', username: ANN, password });

/** Does something again and again while something else is under way, and gives all that came of it. */
async function meanwhile<Result>(main: Promise<unknown>, wave: () => Promise<Result>[]): Promise<Result[]> {
  const results: Result[] = [];
  let isOver = false;
  const end = main.finally(() => {
    isOver = true;
  });
  while (!isOver) results.push(...(await Promise.all(wave())));
  await end;
  return results;
}

/** Refreshes a session on all instances until the change is made. A refusal can only be for the change. */
async function refreshWhile(change: Promise<unknown>, instances: readonly RunningService[], first: Tokens) {
  let newest = first;
  const answers = await meanwhile(change, () =>
    instances.map(async ({ api }) => {
      const answer = await api.tryRefresh(newest.refresh_token);
      if (answer.status === 200) newest = answer.body;
      return answer;
    }),
  );
  const refreshed = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ body }) => body.reason === 'password_changed');
  expect(refreshed.length + refused.length).toBe(answers.length);
  return { refreshed, newest };
}

/** No token that the session ever had is good for anything. */
async function expectDead({ api }: RunningService, { access_token, refresh_token }: Tokens) {
  expect(await api.get('/me', access_token)).toMatchObject({ status: 401 });
  expect(await api.tryRefresh(refresh_token)).toMatchObject({ status: 400, body: { reason: 'password_changed' } });
}

test('password: of twenty changes at once with one current password, one is made', async () => {
  const { one, other } = await startInstances();
  const { tokens } = await one.api.signUp({ email: ANN });
  const wanted = Array.from({ length: 20 }, (_, index) => `the new horse ${index}`);
  const change = (new_password: string, index: number) =>
    (index % 2 ? other : one).api.put(
      '/me/password',
      { current_password: PASSWORD, new_password },
      tokens.access_token,
    );
  const answers = await Promise.all(wanted.map(change));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, body }) => status === 400 && body.code === 'password_wrong')).toHaveLength(19);
  const signIns = await Promise.all(wanted.map((password) => one.api.form('/token', passwordForm(password))));
  const winner = answers.findIndex(({ status }) => status === 200);
  expect(signIns.map(({ status }) => status)).toEqual(wanted.map((_, index) => (index === winner ? 200 : 400)));
  expect(await one.database.em.fork().count(AuditEvent, { type: 'user.password_changed' })).toBe(1);
});

describe('password: while it is being changed', () => {
  test.each(ROUNDS)('sign-ins with the old one leave no session, %s round', async () => {
    const { one, other } = await startInstances();
    const { user, tokens } = await one.api.signUp({ email: ANN });
    const answers = await meanwhile(one.api.put('/me/password', newPassword, tokens.access_token), () =>
      [one, other, other].map(({ api }) => api.form('/token', passwordForm(PASSWORD))),
    );
    const signedIn = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ body }) => body.error === 'invalid_grant');
    expect(signedIn.length + refused.length).toBe(answers.length);
    const live = await one.sessions.listLive(one.database.em, user.id);
    expect(live.map(({ id }) => id)).toEqual([tokens.session_id]);
    for (const { body } of signedIn) await expectDead(other, body);
  });

  test.each(ROUNDS)('refreshes of another session leave no token, %s round', async () => {
    const { one, other } = await startInstances();
    const { user, tokens } = await one.api.signUp({ email: ANN });
    const thief = await one.api.signIn(ANN);
    const change = one.api.put('/me/password', newPassword, tokens.access_token);
    const { refreshed } = await refreshWhile(change, [one, other, other], thief);
    const live = await one.sessions.listLive(one.database.em, user.id);
    expect(live.map(({ id }) => id)).toEqual([tokens.session_id]);
    for (const { body } of [{ body: thief }, ...refreshed]) await expectDead(other, body);
    await one.api.refresh((await change).body.refresh_token);
  });

  test.each(ROUNDS)('refreshes of the same session neither end it nor outlive the change, %s round', async () => {
    const { one, other } = await startInstances();
    const { user, tokens } = await one.api.signUp({ email: ANN });
    const change = one.api.put('/me/password', newPassword, tokens.access_token);
    const { newest } = await refreshWhile(change, [one, other, other], tokens);
    const { status, body: renewed } = await change;
    expect(status).toBe(200);
    for (const { refresh_token } of [tokens, newest]) {
      expect(await other.api.tryRefresh(refresh_token)).toMatchObject({ body: { reason: 'password_changed' } });
    }
    const live = await one.sessions.listLive(one.database.em, user.id);
    expect(live.map(({ id }) => id)).toEqual([tokens.session_id]);
    expect(await other.api.refresh(renewed.refresh_token)).toMatchObject({ session_id: tokens.session_id });
  });

  test.each(ROUNDS)('a log-out of the same session wins or comes too late, %s round', async () => {
    const { one, other } = await startInstances();
    const { user, tokens } = await one.api.signUp({ email: ANN });
    const [{ status, body }] = await Promise.all([
      one.api.put('/me/password', newPassword, tokens.access_token),
      other.api.post('/logout', { refresh_token: tokens.refresh_token }),
    ]);
    expect([200, 401]).toContain(status);
    const isChanged = status === 200;
    expect((await one.api.form('/token', passwordForm(PASSWORD))).status).toBe(isChanged ? 400 : 200);
    const live = await one.sessions.listLive(one.database.em, user.id);
    expect(live.map(({ id }) => id)).not.toContain(tokens.session_id);
    if (isChanged)
      expect(await one.api.tryRefresh(body.refresh_token)).toMatchObject({ body: { reason: 'logged_out' } });
  });
});

test.each(ROUNDS)('delete account: sign-ins in the same moment leave no session, %s round', async () => {
  const { one, other } = await startInstances();
  const { user, tokens } = await one.api.signUp({ email: ANN });
  const answers = await meanwhile(one.api.del('/me', { password: PASSWORD }, tokens.access_token), () =>
    [one, other, other].map(({ api }) => api.form('/token', passwordForm(PASSWORD))),
  );
  for (const { status } of answers) expect([200, 400]).toContain(status);
  expect(await one.sessions.listLive(one.database.em, user.id)).toEqual([]);
  for (const { body } of answers.filter(({ status }) => status === 200)) {
    expect(await other.api.get('/me', body.access_token)).toMatchObject({ status: 401 });
    expect(await other.api.tryRefresh(body.refresh_token)).toMatchObject({ body: { reason: 'user_deleted' } });
  }
});
