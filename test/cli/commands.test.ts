import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Session } from '../../src/sessions/session.ts';
import { newKey } from '../clients/credentials.ts';
import { newFolder } from '../harness/folder.ts';
import { latchkey, latchkeyWith, type Ran } from '../harness/latchkey.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';

const PASSWORD = 'correct horse battery';

/** A database, and a way to run the command on it. */
async function openCommand() {
  const databaseUrl = await newDurableDatabase();
  const run = (...words: string[]) => latchkey(databaseUrl, words);
  const runWith = (input: string, ...words: string[]) => latchkey(databaseUrl, words, input);
  return { databaseUrl, run, runWith };
}

function expectRefused({ stdout, stderr, code }: Ran, words: RegExp): void {
  expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  expect(stderr).toMatch(words);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
}

test('cli: the first administrator is made with it, and signs in with the rights of one', async () => {
  const { databaseUrl, runWith } = await openCommand();
  const made = await runWith(
    `${PASSWORD}\n`,
    ...['user', 'create', '--email', 'ada@example.com', '--username', 'ada', '--role', 'admin', '--email-verified'],
  );
  expect(made).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^[0-9a-f-]{36} ada@example\.com\n$/),
  });
  const { api } = await startService({ databaseUrl });
  const tokens = await api.signIn('ada', { password: PASSWORD, scope: 'users:read clients:write' });
  expect(tokens.scope).toBe('users:read clients:write');
  expect(await api.me(tokens.access_token)).toMatchObject({ email_verified: true, roles: ['user', 'admin'] });
});

test('cli: an account that may not be is refused in a line, and nothing is made', async () => {
  const { run, runWith } = await openCommand();
  expectRefused(await runWith('short\n', 'user', 'create', '--email', 'a@example.com'), /fewer than 8 characters/);
  expectRefused(await runWith('a@example.com\n', 'user', 'create', '--email', 'a@example.com'), /name or the address/);
  expectRefused(await runWith('', 'user', 'create', '--email', 'a@example.com'), /no password/);
  expectRefused(await run('user', 'create', '--email', 'nobody', '--no-password'), /^--email: /);
  const unknownRole = ['user', 'create', '--email', 'a@example.com', '--no-password', '--role', 'king'];
  expectRefused(await run(...unknownRole), /no such role/);
  expect(await run('user', 'list', '--json')).toMatchObject({ stdout: '[]\n', code: 0 });
});

test('cli: people are found by address, name or identifier, and put out and let in again', async () => {
  const { databaseUrl, run } = await openCommand();
  const { api } = await startService({ databaseUrl });
  const { user, tokens } = await api.signUp({ email: 'Bob@example.com', preferred_username: 'bob' });
  for (const name of [user.id, 'bob@EXAMPLE.com', 'BOB']) {
    const { stdout } = await run('user', 'show', name, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ id: user.id, email: 'Bob@example.com' });
  }
  expectRefused(await run('user', 'show', 'nobody'), /no such user/);

  expect(await run('user', 'disable', 'bob')).toEqual({ stdout: '', stderr: '', code: 0 });
  expect((await api.tryRefresh(tokens.refresh_token)).body).toMatchObject({ reason: 'user_disabled' });
  await expect(api.signIn('bob')).rejects.toMatchObject({ error: 'invalid_grant' });
  expect((await run('user', 'list', '--search', 'BOB')).stdout).toMatch(/^Bob@example\.com +bob +user +disabled\n$/);
  expect((await run('user', 'list', '--search', 'b_b')).stdout.trim()).toBe(''); // not a wildcard
  await run('user', 'enable', 'bob');
  await api.signIn('bob');
});

test('cli: a role gives its scopes to whoever has it', async () => {
  const { databaseUrl, run } = await openCommand();
  const { api } = await startService({ databaseUrl });
  await api.signUp({ email: 'eve@example.com' });
  expect(await run('role', 'create', 'editor', '--scope', 'notes:read', 'notes:write')).toMatchObject({ code: 0 });
  expectRefused(await run('role', 'create', 'editor'), /is a role editor already/);
  expectRefused(await run('role', 'create', 'A king'), /name of small letters/);
  const ask = async () => (await api.signIn('eve@example.com', { scope: 'notes:read' })).scope;
  expect(await ask()).toBe('');
  await run('user', 'grant-role', 'eve@example.com', 'editor');
  expect(await ask()).toBe('notes:read');
  await run('user', 'revoke-role', 'eve@example.com', 'editor');
  expect(await ask()).toBe('');
  expectRefused(await run('user', 'grant-role', 'eve@example.com', 'king'), /no such role/);
});

test('cli: a client is registered, changes its secret without a gap, and is put out', async () => {
  const { databaseUrl, run } = await openCommand();
  const { api } = await startService({ databaseUrl });
  const secretOf = ({ stdout }: Ran): string => JSON.parse(stdout).client_secret;
  const first = secretOf(await run('client', 'create', 'reports', '--scope', 'reports:read', '--json'));
  const ask = async (client_secret: string) =>
    (await api.form('/token', { grant_type: 'client_credentials', client_id: 'reports', client_secret })).status;
  expect(await ask(first)).toBe(200);

  const second = secretOf(await run('client', 'rotate-secret', 'reports', '--json'));
  expect([await ask(first), await ask(second)]).toEqual([200, 200]);
  await run('client', 'rotate-secret', 'reports', '--drop-old');
  expect([await ask(first), await ask(second)]).toEqual([401, 200]);
  const third = secretOf(await run('client', 'rotate-secret', 'reports', '--json'));
  const fourth = secretOf(await run('client', 'rotate-secret', 'reports', '--json'));
  expect([await ask(second), await ask(third), await ask(fourth)]).toEqual([401, 200, 200]);

  await run('client', 'disable', 'reports');
  expect(await ask(fourth)).toBe(401);
  expect((await run('client', 'list')).stdout).toMatch(/^reports .*disabled\n$/);
  await run('client', 'enable', 'reports');
  expect(await ask(fourth)).toBe(200);
});

test('cli: a client that is disabled or deleted loses its sessions before the command returns', async () => {
  const { databaseUrl, run } = await openCommand();
  const { api, database } = await startService({ databaseUrl });
  const { user } = await api.signUp();
  const app = ['--type', 'public', '--first-party', '--grant', 'password', 'refresh_token'];
  for (const [id, act] of [
    ['one', 'disable'],
    ['two', 'delete'],
  ] as const) {
    await run('client', 'create', id, ...app);
    const { session_id } = await api.signIn(user.email, { client_id: id });
    expect(await run('client', act, id)).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(await database.em.fork().findOne(Session, { id: session_id })).toMatchObject({
      endReason: `client_${act}d`,
    });
  }
  expect((await run('client', 'list')).stdout).toMatch(/^one .*disabled\n$/);
  expectRefused(await run('client', 'delete', 'two'), /no client two/);
});

test('cli: a client with keys has a secret only if it is asked for', async () => {
  const { run } = await openCommand();
  const file = join(newFolder(), 'keys.json');
  const { jwk } = await newKey('ES256');
  writeFileSync(file, JSON.stringify({ keys: [jwk] }));
  const create = async (...words: string[]) => JSON.parse((await run('client', 'create', ...words, '--json')).stdout);
  expect(await create('keys', '--jwks', file)).toEqual({ client_id: 'keys', client_secret: null });
  expect(await create('both', '--jwks', file, '--secret')).toMatchObject({ client_secret: expect.any(String) });
  expect(await create('secret')).toMatchObject({ client_secret: expect.any(String) });
  const refused = await run('client', 'create', 'web', '--type', 'public', '--grant', 'refresh_token', '--secret');
  expectRefused(refused, /^secret: /);
});

test('cli: a client that cannot be is refused in a line', async () => {
  const { run } = await openCommand();
  const create = (...words: string[]) => run('client', 'create', ...words);
  expectRefused(await create('first-party'), /is a client first-party already/);
  expectRefused(await create('0199aaaa-0000-7000-8000-000000000000'), /like those of users/);
  expectRefused(await create('web', '--type', 'public'), /^grants: /);
  expectRefused(await create('web', '--grant', 'password'), /^grants: .*first_party/);
  expectRefused(await create('web', '--audience', 'web'), /^audiences\.0: /);
  expectRefused(await run('client', 'rotate-secret', 'nobody'), /no confidential client nobody/);
  expectRefused(await run('client', 'disable', 'nobody'), /no client nobody/);
  expect(await run('client', 'list', '--json')).toMatchObject({ stdout: '[]\n', code: 0 });
  const events: { type: string }[] = JSON.parse((await run('audit', 'tail', '--json')).stdout);
  expect(events).toEqual([]);
});

test('cli: migrate says what it did, and what there is to do', async () => {
  const { databaseUrl, run } = await openCommand();
  const { done, applied } = JSON.parse((await run('migrate', '--json')).stdout);
  expect(done.length).toBeGreaterThanOrEqual(applied.length);
  const { stdout } = await latchkey(databaseUrl, ['migrate', '--status', '--json']);
  expect(JSON.parse(stdout)).toEqual({ done, pending: [] });
});

test('cli: as a process, it reads a password from its input and ends with a code', async () => {
  const env = { PATH: process.env.PATH, DATABASE_URL: await newDurableDatabase(), SECRETS: 'x'.repeat(32) };
  const start = (password: string) => {
    const child = spawn(process.execPath, ['src/cli.ts', 'user', 'create', '--email', 'ada@example.com'], { env });
    child.stdin.end(`${password}\n`);
    return Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  };
  expect(await start('short')).toEqual(['', expect.stringContaining('fewer than 8'), [1, null]]);
  expect(await start(PASSWORD)).toEqual([expect.stringContaining('ada@example.com'), '', [0, null]]);
});

test('cli: the audit log is followed until somebody has seen enough', async () => {
  const databaseUrl = await newDurableDatabase();
  const { api } = await startService({ databaseUrl });
  await api.signUp({ email: 'ann@example.com' });
  const interrupt = new AbortController();
  const env = { DATABASE_URL: databaseUrl, SECRETS: 'a secret that only the tests may know' };
  const following = latchkeyWith(env, ['audit', 'tail', '-f', '-n', '1', '--json'], '', interrupt.signal);
  await setTimeout(1_500); // it looks once a second
  await expect(api.signIn('ann@example.com', { password: 'no' })).rejects.toMatchObject({ status: 400 });
  await setTimeout(1_500);
  interrupt.abort();
  const { stdout, stderr, code } = await following;
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  expect(types).toEqual(['session.started', 'sign_in.failed']);
});
