// What people and programs call themselves reaches the terminal of an operator as text and as nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { RegisteredClient } from '../../src/clients/registered-client.ts';
import { Role } from '../../src/roles/role.ts';
import { User } from '../../src/users/user.ts';
import { secondClient } from '../harness/clients.ts';
import { newFolder } from '../harness/folder.ts';
import { latchkey, type Ran } from '../harness/latchkey.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';

/** Clears the screen, forges a line, sets the title of the window (C0 and C1), and reverses what follows. */
const HOSTILE = 'Eve\u001b[2J\r\nroot admin\u2028\u0007\u009b31m\u009d0;title\u009c\u007f\u202Eevil\u2066\b\t';
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** A deployment in which every text that a command shows is hostile. */
async function openDeployment() {
  const databaseUrl = await newDurableDatabase();
  const { api, database, stop } = await startService({ databaseUrl, clients: [secondClient] });
  const { user } = await api.signUp({ email: 'eve@example.com', preferred_username: 'eve' });
  const em = database.em.fork();
  const profile = { name: HOSTILE, givenName: HOSTILE, roles: ['user', HOSTILE], metadata: { note: HOSTILE } };
  await em.nativeUpdate(User, { id: user.id }, { ...profile, email: HOSTILE, username: HOSTILE });
  await em.nativeUpdate(RegisteredClient, { id: secondClient.id }, { name: HOSTILE, scopes: [HOSTILE] });
  await em.nativeUpdate(Role, { name: 'user' }, { description: HOSTILE });
  await em.nativeUpdate(AuditEvent, { type: 'user.signed_up' }, { clientId: HOSTILE, details: { [HOSTILE]: HOSTILE } });
  await stop();
  return { user, run: (...words: string[]) => latchkey(databaseUrl, words) };
}

function expectVisible({ stdout, stderr }: Ran): void {
  for (const line of [...stdout.split('\n'), ...stderr.split('\n')]) expect(line).not.toMatch(HIDDEN);
}

test('cli: hostile texts in lists are shown with their control characters escaped, one row a line', async () => {
  const { run, user } = await openDeployment();
  const lines: [string[], number][] = [
    [['user', 'list'], 1],
    [['client', 'list'], 1],
    [['role', 'list'], 2],
    [['audit', 'tail'], 2],
  ];
  for (const [words, rows] of lines) {
    const ran = await run(...words);
    expectVisible(ran);
    expect(ran.stdout.trimEnd().split('\n'), words.join(' ')).toHaveLength(rows);
    expect(ran.stdout).toContain('Eve\\u001b[2J\\u000d\\u000aroot admin\\u2028');
  }
  const shown = await run('user', 'show', user.id);
  expectVisible(shown);
  expect(shown.stdout).toMatch(/^name +Eve\\u001b/m);
});

test('cli: hostile texts in JSON are escaped too, and say the same', async () => {
  const { run, user } = await openDeployment();
  for (const words of [
    ['user', 'list'],
    ['client', 'list'],
    ['role', 'list'],
    ['audit', 'tail'],
  ]) {
    const ran = await run(...words, '--json');
    expectVisible(ran);
    expect(JSON.stringify(JSON.parse(ran.stdout))).toContain(JSON.stringify(HOSTILE));
  }
  const shown = await run('user', 'show', user.id, '--json');
  expectVisible(shown);
  expect(JSON.parse(shown.stdout)).toMatchObject({ name: HOSTILE, metadata: { note: HOSTILE } });
});

test('cli: hostile texts in errors are escaped, and forge no line', async () => {
  const { run } = await openDeployment();
  const people = join(newFolder(), 'people.ndjson');
  writeFileSync(people, JSON.stringify({ email: 'a@example.com', [HOSTILE]: 1 }));
  const commands = [
    ['client', 'disable', HOSTILE],
    ['client', 'rotate-secret', HOSTILE],
    ['client', 'create', HOSTILE],
    ['client', 'create', 'web', '--jwks', HOSTILE],
    ['keys', 'revoke', HOSTILE],
    ['user', 'show', HOSTILE],
    ['user', 'create', '--no-password', '--email', HOSTILE],
    ['role', 'create', HOSTILE],
    ['session', 'end', '--before', HOSTILE],
    [HOSTILE],
    ['user', 'import', people],
  ];
  for (const words of commands) {
    const ran = await run(...words);
    expect([ran.code, ran.stderr !== ''], words.join(' ')).toEqual([1, true]);
    expectVisible(ran);
    expect(ran.stderr).not.toMatch(/^root admin/m);
  }
});
