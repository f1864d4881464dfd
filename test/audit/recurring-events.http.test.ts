// What a user does again and again is one audit event with a count.
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { bearer } from '../harness/api.ts';
import { latchkeyWith } from '../harness/latchkey.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';

const ANN = 'ann@example.com';

async function startWithAnn(databaseUrl?: string) {
  const env = { TRUSTED_PROXIES: '127.0.0.1' };
  const service = await startService({ env, ...(databaseUrl && { databaseUrl }) });
  const { api, database } = service;
  const { user, tokens } = await api.signUp({ email: ANN });

  let newest = tokens;
  /** A token that the clock has not overtaken. */
  async function refresh(): Promise<string> {
    newest = await api.refresh(newest.refresh_token);
    return newest.access_token;
  }

  const change = async (name: string, { token = newest.access_token, from = '203.0.113.1' } = {}) => {
    const headers = { ...bearer(token), 'X-Forwarded-For': from, 'Content-Type': 'application/json' };
    const answer = await api.send('PATCH', '/me', { headers, body: JSON.stringify({ name }) });
    expect(answer.status).toBe(200);
  };

  const events = () =>
    database.em.fork().find(AuditEvent, { type: 'user.profile_changed', userId: user.id }, { orderBy: { id: 'asc' } });

  return { ...service, user, change, events, refresh };
}

describe('audit: profile changes of one user', () => {
  test('are one event within an hour, with the number of times and the last instant', async () => {
    const { change, events, clock, refresh } = await startWithAnn();
    const beganAt = clock.now();
    await change('Ann 1');
    expect(await events()).toMatchObject([{ occurredAt: beganAt, details: {} }]);
    clock.advance({ minutes: 30 });
    await refresh();
    await change('Ann 2');
    clock.advance({ minutes: 29 });
    await refresh();
    await change('Ann 3');
    expect(await events()).toMatchObject([
      { occurredAt: beganAt, details: { times: 3, until: clock.now().toISOString() } },
    ]);
    clock.advance({ minutes: 1 });
    await change('Ann 4');
    await change('Ann 5');
    expect(await events()).toMatchObject([
      { details: { times: 3 } },
      { occurredAt: clock.now(), details: { times: 2, until: clock.now().toISOString() } },
    ]);
  });

  test('are told apart by what happens between them, by session and by address', async () => {
    const { api, change, events } = await startWithAnn();
    await change('Ann 1');
    const { access_token: token } = await api.signIn(ANN);
    await change('Ann 2');
    await change('Ann 3', { token });
    await change('Ann 4', { token, from: '203.0.113.2' });
    expect((await events()).map(({ details }) => details)).toEqual([{}, {}, {}, {}]);
  });

  test('of another user are not among them', async () => {
    const { api, change, events, database } = await startWithAnn();
    const { user: bob, tokens } = await api.signUp({ email: 'bob@example.com' });
    await change('Ann 1');
    await change('Bob 1', { token: tokens.access_token });
    await change('Ann 2');
    expect(await events()).toMatchObject([{ details: { times: 2 } }]);
    const ofBob = await database.em.fork().find(AuditEvent, { type: 'user.profile_changed', userId: bob.id });
    expect(ofBob).toMatchObject([{ details: {} }]);
  });

  test('are all counted when they come at once', async () => {
    const { change, events, clock } = await startWithAnn();
    await Promise.all(Array.from({ length: 20 }, (_, n) => change(`Ann ${n}`)));
    expect(await events()).toMatchObject([{ details: { times: 20, until: clock.now().toISOString() } }]);
  });
});

test('audit tail: an event that is collapsed is shown once', async () => {
  const databaseUrl = await newDurableDatabase();
  const { change } = await startWithAnn(databaseUrl);
  const interrupt = new AbortController();
  const env = { DATABASE_URL: databaseUrl, SECRETS: 'a secret that only the tests may know' };
  const following = latchkeyWith(env, ['audit', 'tail', '-f', '-n', '1', '--json'], '', interrupt.signal);
  await setTimeout(1_500); // it looks once a second
  await change('Ann 1');
  await setTimeout(1_500);
  await change('Ann 2');
  await setTimeout(1_500);
  interrupt.abort();
  const lines = (await following).stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).type)).toEqual(['session.started', 'user.profile_changed']);
});
