// A deployment that moves to PostgreSQL takes everything along. Both databases are needed, so this is in the half of the
// suite that has PostgreSQL; the other half has nothing to move to.
import BetterSqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/database.ts';
import { createFileCounters } from '../../src/platform/file-counters.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createPostgresCounters } from '../../src/platform/postgres-counters.ts';
import { NEW_PASSWORD, openMailbox } from '../accounts/mailbox.ts';
import { PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { createClock } from '../harness/clock.ts';
import { newFolder } from '../harness/folder.ts';
import { latchkey, latchkeyWith } from '../harness/latchkey.ts';
import { newDatabase, onPostgres, startService } from '../harness/service.ts';
import { liveThere, METADATA, RETRY_KEY, startAt } from './deployment.ts';
import { columnsWithoutValue, readPostgres, readSqlite } from './rows.ts';

function newFile(): string {
  return `sqlite:${newFolder()}/latchkey.db`;
}

const copyToVariable = ['database', 'copy', '--to-env', 'TARGET_URL'];

const copy = (from: string, to: string, ...words: string[]) =>
  latchkey(from, ['database', 'copy', '--to-stdin', ...words], `${to}\n`);

async function openPlaces() {
  const clock = createClock();
  const [from, to] = [newFile(), await newDatabase()];
  return { clock, from, to, held: await liveThere(from, clock) };
}

describe.runIf(onPostgres)('cli: database copy', () => {
  test('every row arrives as it was, and the counts are told', async () => {
    const { from, to } = await openPlaces();
    const before = readSqlite(from);
    expect(columnsWithoutValue(before)).toEqual([]); // or something would not be tested

    const { stdout, stderr, code } = await copy(from, to, '--json');
    expect(code, stderr).toBe(0);
    expect(await readPostgres(to)).toEqual(before);
    expect(readSqlite(from)).toEqual(before);
    const counts = Object.entries(before).map(([table, { length }]) => ({ table, source: length, target: length }));
    expect(JSON.parse(stdout).tables).toEqual(expect.arrayContaining(counts));
    expect(JSON.parse(stdout).tables).toHaveLength(counts.length);
    expect(stderr).toContain('used_assertions: 1203\n');

    const next = await newDatabase();
    const further = await copy(to, next);
    expect(further.stdout).toMatch(/^used_assertions +1203 +1203 +the same$/m);
    expect(further).toMatchObject({ code: 0 });
    expect(await readPostgres(next)).toEqual(before);

    const back = newFile();
    expect(await copy(next, back)).toMatchObject({ code: 0 });
    expect(readSqlite(back)).toEqual(before);
  });

  test('nobody notices: sessions, tokens, passwords, codes, mails and clients go on', async () => {
    const { clock, from, to, held } = await openPlaces();
    expect(await copy(from, to)).toMatchObject({ code: 0 });
    const service = await startAt(to, clock);
    const { api, keys } = service;
    const { superseded, remembered, before, shortLived, loggedOut, revoked } = held.tokens;

    expect(keys.published().jwks).toEqual(held.jwks);
    expect(await api.me(remembered.access_token)).toEqual(held.user);
    expect(held.user).toMatchObject({ metadata: METADATA, email: 'Zoë@exämple.com' });
    expect((await api.get('/me', revoked.access_token)).status).toBe(401);
    const form = { client_id: backend.id, client_secret: held.secret };
    expect((await api.form('/token', { grant_type: 'client_credentials', ...form })).status).toBe(200);

    const old = await api.tryRefresh(superseded.refresh_token);
    expect(old.body).toMatchObject({ reason: 'password_changed' });
    const retried = await api.refresh(before.refresh_token, { key: RETRY_KEY });
    expect(retried.refresh_token).toBe(remembered.refresh_token);
    const next = await api.refresh(remembered.refresh_token);
    expect(next).toMatchObject({ session_id: remembered.session_id });
    expect(next.refresh_expires_in).toBeGreaterThan(13 * 86_400);
    const other = await api.refresh(shortLived.refresh_token, { client: secondClient.id });
    expect(other).toMatchObject({ scope: 'notes:read', expires_in: 60 });
    expect((await api.tryRefresh(loggedOut.refresh_token)).body).toMatchObject({ reason: 'logged_out' });
    clock.advance({ minutes: 1 });
    expect((await api.tryRefresh(before.refresh_token)).body).toMatchObject({ reason: 'token_reused' });

    await api.signIn('zoe', { password: PASSWORD });
    const mailbox = openMailbox(service);
    expect(await mailbox.reset(held.code)).toMatchObject({ status: 204 });
    await api.signIn('carol@example.com', { password: NEW_PASSWORD });
    const code = await mailbox.codeTo('dave@example.com');
    expect((await mailbox.verify(code)).status + (await mailbox.reset(code)).status).toBe(204 + 400);
  });

  test('whoever has been guessing passwords does not begin anew', async () => {
    const { from, to } = await openPlaces();
    const file = createFileCounters(`${from.slice('sqlite:'.length)}.limits`, createLogger('silent'));
    onTestFinished(file.close);
    const counted = await file.list();
    expect(counted.map(({ key }) => key)).toContainEqual(expect.stringMatching(/^password-failures:/));
    await copy(from, to);
    const database = await openDatabase(to, createLogger('silent'));
    onTestFinished(database.close);
    expect(await createPostgresCounters(database.em).list()).toEqual(expect.arrayContaining(counted));
  });

  test('a row that PostgreSQL does not take leaves the target empty, and can be mended', async () => {
    const { from, to } = await openPlaces();
    const rename = (name: string) => {
      const file = new BetterSqlite(from.slice('sqlite:'.length));
      file.prepare('update users set name = ? where username_canonical is not null').run(name);
      file.close();
    };
    rename('no\0body');
    const { stdout, stderr, code } = await copy(from, to);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toMatch(/^Nothing was copied: a row of users does not go into the target \(.*0x00\)\.$/m);
    expect(stderr).toMatch(/^sessions: \d+$/m); // those were written already
    expect(Object.values(await readPostgres(to)).flat()).toEqual([]);
    rename('nobody');
    expect(await copy(from, to)).toMatchObject({ code: 0 });
  });

  test('a row that is missing in the end is told, and is an error', async () => {
    const { from, to } = await openPlaces();
    const database = await openDatabase(to, createLogger('silent'));
    onTestFinished(database.close);
    await database.em.execute('create rule lose as on insert to roles do instead nothing');
    const { stdout, stderr, code } = await copy(from, to);
    expect(stdout).toMatch(/^roles +1 +0 +DIFFERENT$/m);
    expect(stderr).toMatch(/^The two differ/m);
    expect(code).toBe(1);
  });
});

describe.runIf(onPostgres)('cli: database copy refuses', () => {
  async function expectRefused(from: string, to: string, words: RegExp): Promise<void> {
    const { stdout, stderr, code } = await copy(from, to);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  }

  async function newDeployment(): Promise<string> {
    const from = newFile();
    await (await startService({ databaseUrl: from })).stop();
    return from;
  }

  test('a target that holds something, and changes nothing of it', async () => {
    const from = await newDeployment();
    const { api, databaseUrl: to, stop } = await startService();
    await api.signUp();
    await stop();
    const before = await readPostgres(to);
    await expectRefused(from, to, /not empty: it holds \d+ audit_events.* 1 sessions, 1 signing_keys, 1 users\. /);
    expect(await readPostgres(to)).toEqual(before);
  });

  test('a target that is the source, however it is written', async () => {
    const from = await newDeployment();
    await expectRefused(from, from.replace(/\/latchkey\.db$/, '/./latchkey.db'), /is the database that DATABASE_URL/);
    const { databaseUrl, stop } = await startService();
    await stop();
    await expectRefused(databaseUrl, databaseUrl.replace('postgres:', 'postgresql:'), /is the database that/);
  });

  test('a source that a service has open', async () => {
    const from = newFile();
    const to = await newDatabase();
    const { stop } = await startService({ databaseUrl: from });
    await expectRefused(from, to, /^Somebody has .*latchkey\.db open\. Stop the service first/);
    await stop();
    expect(await copy(from, to)).toMatchObject({ code: 0 });
  });

  test('a source that is none', async () => {
    const to = await newDatabase();
    await expectRefused(newFile(), to, /^There is no database /);
    await expectRefused(await newDatabase(), to, /^There is nothing to copy/);
    const bare = newFile();
    new BetterSqlite(bare.slice('sqlite:'.length)).exec('create table empty (x)').close();
    await expectRefused(bare, to, /^The database is not up to date/);
  });

  test('a target that cannot be', async () => {
    const from = await newDeployment();
    await expectRefused(from, 'mysql://x', /^The URL of the target must start with/);
    await expectRefused(from, 'postgres://nobody@127.0.0.1:9/none', /^The target database does not answer/);
  });

  test('to leave the secret behind without a word', async () => {
    const from = await newDeployment();
    const ran = await latchkeyWith({ DATABASE_URL: from, TARGET_URL: await newDatabase() }, copyToVariable);
    expect(ran).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^The secret is still in .*latchkey\.secret: /m),
    });
  });
});
