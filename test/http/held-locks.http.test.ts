// Somebody holds what our requests need, for longer than they may wait.
import BetterSqlite from 'better-sqlite3';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';
import { expectFailure } from './failures.ts';

/** A statement waits for ten seconds, or five on SQLite, and then is told to come back. */
const patient = { timeout: 60_000 };
/** More than the pool has connections. */
const CROWD = 30;

async function hold(connectionString: string, statement: string, parameters: readonly string[] = []) {
  const holder = new Client({ connectionString });
  await holder.connect();
  await holder.query('begin');
  await holder.query(statement, [...parameters]);
  onTestFinished(() => holder.end());
  return () => holder.query('rollback');
}

test.skipIf(onPostgres)(
  'held locks: another process writes to the SQLite file and does not finish',
  patient,
  async () => {
    const databaseUrl = await newDurableDatabase();
    const { api } = await startService({ databaseUrl });
    const { tokens } = await api.signUp();
    const other = new BetterSqlite(databaseUrl.slice('sqlite:'.length));
    onTestFinished(() => void other.close());
    other.exec('begin immediate');
    const answer = await api.tryRefresh(tokens.refresh_token);
    expectFailure(answer, 'oauth', 503, 'temporarily_unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(await api.me(tokens.access_token)).toMatchObject({ email: 'user1@example.com' }); // reading needs no lock
    expect(await api.get('/livez')).toMatchObject({ status: 200 });
    other.exec('rollback');
    expect(await api.refresh(tokens.refresh_token)).toMatchObject({ session_id: tokens.session_id });
  },
);

test.runIf(onPostgres)(
  'held locks: a row that somebody else holds keeps one session waiting, and nobody else',
  patient,
  async () => {
    const { api, databaseUrl } = await startService();
    const { tokens } = await api.signUp();
    const other = await api.signUp();
    const release = await hold(databaseUrl, 'select 1 from sessions where id = $1 for update', [tokens.session_id]);
    const waiting = api.tryRefresh(tokens.refresh_token);
    expect(await api.refresh(other.tokens.refresh_token)).toMatchObject({ session_id: other.tokens.session_id });
    const answer = await waiting;
    expectFailure(answer, 'oauth', 503, 'temporarily_unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    await release();
    expect(await api.refresh(tokens.refresh_token)).toMatchObject({ session_id: tokens.session_id });
  },
);

test.runIf(onPostgres)(
  'held locks: when every connection waits, who comes is told so, and all comes back',
  patient,
  async () => {
    const { api, databaseUrl } = await startService();
    const { tokens } = await api.signUp();
    const release = await hold(databaseUrl, 'lock table sessions in access exclusive mode');
    const get = (path: string) => api.send('GET', path, { headers: bearer(tokens.access_token) });
    const crowd = Promise.all(Array.from({ length: CROWD }, () => get('/me')));
    for (const path of ['/livez', '/.well-known/jwks.json']) expect(await get(path)).toMatchObject({ status: 200 });
    expectFailure(await get('/readyz'), 'problem', 503, 'unavailable');
    for (const answer of await crowd) {
      expectFailure(answer, 'problem', 503, 'unavailable');
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    await release();
    for (const { status } of await Promise.all(Array.from({ length: CROWD }, () => get('/me'))))
      expect(status).toBe(200);
    expect(await get('/readyz')).toMatchObject({ status: 200 });
  },
);
