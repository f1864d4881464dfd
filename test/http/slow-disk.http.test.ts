// A disk that takes its time keeps those waiting who have to know that it is done, and nobody else.
import { copyFileSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openDisk } from '../harness/held-disk.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';

async function start() {
  const disk = openDisk();
  const service = await startService({ disk, databaseUrl: await newDurableDatabase() });
  const { tokens } = await service.api.signUp();
  disk.hold(); // from here on it is slow
  return { ...service, tokens, disk };
}

/** As it is found there after the power is back; of another copy, since to look changes it. */
function generationOn(platter: string, sessionId: string): unknown {
  const found = `${platter}.found`;
  for (const part of ['', '-wal']) copyFileSync(platter + part, found + part);
  const database = new BetterSqlite(found);
  try {
    return database.prepare('select generation from sessions where id = ?').pluck().get(sessionId);
  } finally {
    database.close();
  }
}

const unsettled = Symbol('unsettled');

/** What is known of it now. */
const stateOf = (answer: Promise<unknown>) => Promise.race([answer, Promise.resolve(unsettled)]);

describe.skipIf(onPostgres)('a slow disk (PostgreSQL waits for its own)', () => {
  test('a refresh, a sign-in and a profile are answered when they are on it, and not before', async () => {
    const { api, tokens, disk } = await start();
    const answers = [
      api.refresh(tokens.refresh_token),
      api.signIn('user1@example.com'),
      api.patch('/me', { given_name: 'Ada' }, tokens.access_token),
    ];
    await disk.asked(1);
    for (let turn = 0; turn < 20; turn += 1) await api.get('/.well-known/jwks.json'); // they have had the time
    expect(await Promise.all(answers.map(stateOf))).toEqual([unsettled, unsettled, unsettled]);
    disk.open();
    await Promise.all(answers);
  });

  test('keys, profiles and introspections do not wait', async () => {
    const { api, tokens, disk } = await start();
    const refreshed = api.refresh(tokens.refresh_token);
    await disk.asked(1);
    expect((await api.get('/.well-known/jwks.json')).status).toBe(200);
    expect((await api.get('/me', tokens.access_token)).status).toBe(200);
    expect((await api.get('/readyz')).status).toBe(200);
    expect(await stateOf(refreshed)).toBe(unsettled);
    disk.release();
    await refreshed;
    disk.open();
  });

  test('while the log is taken over, who reads does not wait, and who writes waits for the log alone', async () => {
    const { api, tokens, disk, database } = await start();
    disk.open();
    await database.em.execute(`create table filler as with recursive n (id) as
      (select 1 union all select id + 1 from n where id < 6000) select id, hex(zeroblob(500)) from n`);
    disk.hold();
    const done = database.takeOverLog();
    await disk.asked(1); // of the log
    disk.release();
    await disk.asked(2); // of the database
    const refreshed = api.refresh(tokens.refresh_token);
    expect((await api.get('/me', tokens.access_token)).status).toBe(200);
    expect((await api.get('/.well-known/jwks.json')).status).toBe(200);
    await disk.asked(3); // of the log, which the refresh is in
    expect(await stateOf(refreshed)).toBe(unsettled);
    disk.release();
    await refreshed;
    expect(await stateOf(done)).toBe(unsettled);
    disk.open();
    await done;
  });

  test('a power cut loses nothing of what was answered', async () => {
    const databaseUrl = await newDurableDatabase();
    const path = databaseUrl.slice('sqlite:'.length);
    const platter = `${path}.platter`;
    const keep = () => {
      for (const part of ['', '-wal']) copyFileSync(path + part, platter + part);
    };
    const { api } = await startService({ databaseUrl, disk: { sync: async () => keep(), syncNow: keep } });
    const { tokens } = await api.signUp();
    let { refresh_token: newest } = tokens;
    for (let generation = 1; generation <= 5; generation += 1) {
      newest = (await api.refresh(newest)).refresh_token;
      expect(generationOn(platter, tokens.session_id)).toBe(generation);
    }
    const { session_id } = await api.signIn('user1@example.com');
    expect(generationOn(platter, session_id)).toBe(0);
  });

  test('what it could not write is nobody told, and from then on nothing is ready until a new start', async () => {
    const { api, tokens, disk } = await start();
    const refused = api.tryRefresh(tokens.refresh_token);
    await disk.asked(1);
    disk.fail();
    expect((await refused).status).toBe(503);
    disk.open();
    expect((await api.tryRefresh(tokens.refresh_token)).status).toBe(503);
    expect((await api.get('/readyz')).status).toBe(503);
    expect((await api.get('/livez')).status).toBe(200);
  });
});
