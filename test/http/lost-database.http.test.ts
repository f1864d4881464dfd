import { Client } from 'pg';
import { expect, inject, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { onPostgres, startService } from '../harness/service.ts';
import { expectFailure } from './failures.ts';
import { nameOf, stopWriting, terminateAll } from './stop-writing.ts';

/** In milliseconds. A connection that is not given back is noticed as a request that is never answered. */
const timeout = 10_000;

const login = { grant_type: 'password', username: 'user1@example.com', password: PASSWORD };

test('lost database: one that cannot be written to is nobody’s fault but ours, and costs no token', {
  timeout,
}, async () => {
  const service = await startService();
  const { api } = service;
  const { tokens } = await api.signUp();
  const resume = await stopWriting(service);
  const { refresh_token, access_token } = tokens;
  const attempts = [
    { form: 'oauth', answer: await api.tryRefresh(refresh_token) },
    { form: 'oauth', answer: await api.form('/token', login) },
    { form: 'oauth', answer: await api.form('/revoke', { token: refresh_token }) },
    { form: 'oauth', answer: await api.form('/revoke', { token: access_token }) },
    { form: 'problem', answer: await api.post('/signup', { email: 'ann@example.com', password: PASSWORD }) },
    { form: 'problem', answer: await api.post('/logout', { refresh_token }) },
  ] as const;
  for (const [at, { form, answer }] of attempts.entries()) {
    expectFailure(answer, form, 503, form === 'oauth' ? 'temporarily_unavailable' : 'unavailable', `attempt ${at}`);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }
  expect(await api.get('/livez')).toMatchObject({ status: 200 });
  expect(await api.get('/.well-known/jwks.json')).toMatchObject({ status: 200 });
  await resume();
  expect(await api.refresh(refresh_token)).toMatchObject({ session_id: tokens.session_id });
  expect(await api.signUp({ email: 'ann@example.com' })).toMatchObject({ user: { email: 'ann@example.com' } });
});

test.runIf(onPostgres)(
  'lost database: connections that are cut again and again are replaced',
  { timeout },
  async () => {
    const { api, databaseUrl } = await startService();
    const { tokens } = await api.signUp();
    const administrator = new Client({ connectionString: `${inject('postgresUrl')}/postgres` });
    await administrator.connect();
    const cut = () => administrator.query(terminateAll.replace('?', '$1'), [nameOf(databaseUrl)]);
    const refresh = () => api.tryRefresh(tokens.refresh_token);
    // More rounds than the pool has connections, each in the middle of something else.
    for (let round = 0; round < 20; round += 1) {
      const [one, other] = await Promise.all([refresh(), refresh(), cut(), refresh()]);
      expect([200, 503]).toContain(one.status);
      expect([200, 503]).toContain(other.status);
    }
    await administrator.end();
    await Promise.all(Array.from({ length: 10 }, refresh)); // meets what was cut last and is still in the pool
    expect(await refresh()).toMatchObject({ status: 200 });
  },
);

test.skipIf(onPostgres)(
  'lost database: a full disk keeps nobody from reading, nor from writing later',
  { timeout },
  async () => {
    const { api, database } = await startService();
    const { tokens } = await api.signUp();
    await database.em.execute('pragma max_page_count = 1', [], 'run'); // not one page more than there are
    let status = 201;
    for (let person = 0; status === 201; person += 1) {
      const members = { email: `${person}@example.com`, password: PASSWORD, name: 'x'.repeat(256) };
      ({ status } = await api.post('/signup', members));
    }
    expect(status).toBe(503);
    expect(await api.me(tokens.access_token)).toMatchObject({ email: 'user1@example.com' });
    await database.em.execute('pragma max_page_count = 100000', [], 'run');
    expect(await api.post('/signup', { email: 'ann@example.com', password: PASSWORD })).toMatchObject({ status: 201 });
  },
);
