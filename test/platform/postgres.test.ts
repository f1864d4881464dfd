import { CompiledQuery } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/database.ts';
import { isUnavailable } from '../../src/platform/database-errors.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { newDatabase, onPostgres, startService } from '../harness/service.ts';
import { openTunnel } from '../harness/tunnel.ts';

const log = createLogger('silent');

async function open(url: string, maxConnections: number) {
  const database = await openDatabase(url, log, { pool: { maxConnections, preparesStatements: true } });
  onTestFinished(() => database.close());
  return database;
}

test.runIf(onPostgres)(
  'postgres: what is prepared is found again after another release has changed the tables',
  async () => {
    const { api, database } = await startService();
    const { tokens } = await api.signUp();
    const first = await api.refresh(tokens.refresh_token);
    const isPrepared = 'select count(*)::int as count from pg_prepared_statements';
    for (const table of ['users', 'sessions']) await database.em.execute(`alter table ${table} add column later text`);
    const second = await api.refresh(first.refresh_token);
    const me = await api.get('/me', second.access_token);
    expect(me.status).toBe(200);
    const { rows } = await database.em.getKysely().executeQuery<{ count: number }>(CompiledQuery.raw(isPrepared));
    expect(rows[0]?.count).toBeGreaterThan(0);
  },
);

test.runIf(onPostgres)('postgres: the pool grows to its size and no further, and says how busy it is', async () => {
  const { em, load } = await open(await newDatabase(), 2);
  expect(load()).toBeNull();
  const sleeping = [1, 2, 3].map(() => em.execute('select pg_sleep(0.3)'));
  await expect.poll(load).toMatchObject({ total: 2, idle: 0, waiting: 1 });
  await Promise.all(sleeping);
  expect(load()).toMatchObject({ total: 2, idle: 2, waiting: 0 });
});

test.runIf(onPostgres)(
  'postgres: a connection that has fallen silent is given up, and replaced',
  { timeout: 60_000 },
  async () => {
    const url = new URL(await newDatabase());
    const { port, swallow, pass } = await openTunnel(Number(url.port));
    url.port = String(port);
    const { em } = await open(url.href, 1);
    await em.execute('select 1');
    swallow();
    const error = await em.execute('select 2').catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    pass();
    expect(await em.execute('select 3 as three')).toEqual([{ three: 3 }]);
  },
);
