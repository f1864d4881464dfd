import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from '../harness/folder.ts';
import { latchkey } from '../harness/latchkey.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';

function write(lines: readonly (object | string)[]): string {
  const file = join(newFolder(), 'people.ndjson');
  writeFileSync(file, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\r\n`).join(''));
  return file;
}

const PASSWORD = 'correct horse battery';
/** Of that password, by werkzeug 3.1.8. */
const WERKZEUG = 'pbkdf2:sha256:1000$ZLU4CjCk5eejht6n$4cee6de7cd3f9b2c55bf8586f0184ac4247494b3fa7926066c75af2e9fc779a4';

test('cli: people move in, sign in with their old passwords, and moving in again changes nothing', async () => {
  const databaseUrl = await newDurableDatabase();
  const people = write([
    { email: 'ann@example.com', username: 'ann', password_hash: WERKZEUG, email_verified: true },
    { email: 'nobody' },
    { email: 'bob@example.com' },
  ]);
  const dry = await latchkey(databaseUrl, ['user', 'import', people, '--dry-run']);
  expect(dry).toEqual({
    stdout: '2 would be imported, 0 there already, 1 refused.\n',
    stderr: 'line 2: email: This is not an e-mail address.\n',
    code: 1,
  });
  const { stdout } = await latchkey(databaseUrl, ['user', 'import', people]);
  expect(stdout).toBe('2 imported, 0 there already, 1 refused.\n');
  expect((await latchkey(databaseUrl, ['user', 'import', people])).stdout).toBe(
    '0 imported, 2 there already, 1 refused.\n',
  );
  const { api } = await startService({ databaseUrl });
  const { access_token } = await api.signIn('ann', { password: PASSWORD });
  expect(await api.me(access_token)).toMatchObject({ email: 'ann@example.com', email_verified: true });
});

test('cli: an import prints what it granted, and grants administrative roles only if they are named', async () => {
  const databaseUrl = await newDurableDatabase();
  await latchkey(databaseUrl, ['role', 'create', 'clerk', '--scope', 'orders:read']);
  await latchkey(databaseUrl, ['role', 'create', 'support', '--scope', 'users:read', 'orders:read']);
  const people = write([
    { email: 'ann@example.com', roles: ['clerk'] },
    { email: 'bob@example.com', roles: ['clerk', 'support'] },
    { email: 'eve@example.com', roles: ['admin'] },
  ]);
  const refused = await latchkey(databaseUrl, ['user', 'import', people, '--dry-run', '--allow-role', 'support']);
  expect(refused).toEqual({
    stdout:
      '2 would be imported, 0 there already, 1 refused.\n' +
      '2 users would get the role clerk (administrative scopes: none).\n' +
      '1 user would get the role support (administrative scopes: users:read).\n',
    stderr: 'line 3: roles: The role admin gives administrative scopes. To grant it, use --allow-role admin.\n',
    code: 1,
  });
  const allowed = ['--allow-role', 'support', '--allow-role', 'admin'];
  const { stdout, code } = await latchkey(databaseUrl, ['user', 'import', people, ...allowed]);
  expect({ stdout, code }).toEqual({
    stdout: expect.stringMatching(/^3 imported.*\n.*\n.*\n1 user got the role admin /),
    code: 0,
  });
});

test('cli: what cannot be done is said in a line, without a stack', async () => {
  const databaseUrl = await newDurableDatabase();
  const missing = await latchkey(databaseUrl, ['user', 'import', '/nowhere/people.ndjson']);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ENOENT.*people\.ndjson'\n$/) });
  const elsewhere = await latchkey('postgres://nobody@127.0.0.1:9/none', ['user', 'import', write([])]);
  expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The database does not answer.*\n$/) });
  expect(await latchkey(databaseUrl, ['user', 'invent'])).toMatchObject({ code: 1, stdout: '' });
});

test('cli: help names what there is', async () => {
  const { stdout, code } = await latchkey(await newDurableDatabase(), ['user', '--help']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('import') });
});
