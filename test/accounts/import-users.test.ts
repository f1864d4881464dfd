import { describe, expect, test } from 'vitest';
import { createImportUsers, type Refusal } from '../../src/accounts/import-users.ts';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { adminScopes } from '../../src/roles/roles.ts';
import { createImportedUsers } from '../../src/users/imported-users.ts';
import { User } from '../../src/users/user.ts';
import { startService } from '../harness/service.ts';

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const none: readonly string[] = [];

/** A service, and a way to bring people into it. A line is JSON, or what is to be made JSON. */
async function startImport() {
  const service = await startService();
  const { em } = service.database;
  const { now } = service.clock;
  const { audit, roles } = service;
  await roles.create(em, { name: 'editor', description: '', scopes: ['notes:write'] });
  await roles.create(em, { name: 'support', description: '', scopes: ['notes:read', 'users:write'] });
  const run = createImportUsers({ em, importedUsers: createImportedUsers({ now }), roles, audit });

  async function take(lines: readonly (string | object)[], { dryRun = false, allowedRoles = none } = {}) {
    const refusals: Refusal[] = [];
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    const onRefused = (refusal: Refusal) => refusals.push(refusal);
    const { granted, ...report } = await run({ lines: each(texts), dryRun, allowedRoles, onRefused });
    return { report, granted, refusals };
  }

  const people = () => em.fork().find(User, {}, { orderBy: { emailCanonical: 'asc' }, populate: ['passwordHash'] });
  return { ...service, take, people };
}

const HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

const ann = {
  email: 'Ann@Example.com',
  username: 'Ann.B',
  given_name: 'Ann',
  family_name: 'Bell',
  name: 'Ann Bell',
  locale: 'en-GB',
  zoneinfo: 'Europe/London',
  picture: 'https://pictures.example/ann.png',
  roles: ['editor', 'user'],
  metadata: { plan: 'pro', tags: ['a', { b: null }], ratio: 0.5 },
  email_verified: true,
  password_hash: HASH,
};

test('import: everything that a line says is there afterwards', async () => {
  const { take, people } = await startImport();
  expect(await take([ann])).toEqual({
    report: { imported: 1, unchanged: 0, refused: 0 },
    granted: [{ role: 'editor', users: 1, administrativeScopes: [] }],
    refusals: [],
  });
  expect(await people()).toEqual([
    expect.objectContaining({
      email: 'Ann@Example.com',
      emailCanonical: 'ann@example.com',
      emailVerifiedAt: expect.any(Date),
      username: 'Ann.B',
      usernameCanonical: 'ann.b',
      givenName: 'Ann',
      familyName: 'Bell',
      name: 'Ann Bell',
      locale: 'en-GB',
      zoneinfo: 'Europe/London',
      picture: 'https://pictures.example/ann.png',
      roles: ['user', 'editor'],
      metadata: ann.metadata,
      passwordHash: HASH,
      disabledAt: null,
    }),
  ]);
});

test('import: an address alone is enough, and its owner chooses a password by mail', async () => {
  const { take, people, api, deliverMails, letters } = await startImport();
  await take([{ email: 'bob@example.com' }, { email: 'eve@example.com', disabled: true, username: null }]);
  expect(await people()).toEqual([
    expect.objectContaining({ email: 'bob@example.com', emailVerifiedAt: null, passwordHash: null, roles: ['user'] }),
    expect.objectContaining({ email: 'eve@example.com', disabledAt: expect.any(Date) }),
  ]);
  await expect(api.signIn('bob@example.com')).rejects.toMatchObject({ error: 'invalid_grant' });
  await api.post('/password-reset', { email: 'bob@example.com' });
  await deliverMails();
  expect(letters.map(({ to }) => to)).toEqual(['bob@example.com']);
});

test('import: running it twice changes nothing, also where people have changed since', async () => {
  const { take, people, users, database, clock } = await startImport();
  const lines = [ann, { email: 'bob@example.com' }];
  await take(lines);
  const [first] = await people();
  if (!first) throw new Error('Nobody is there.');
  await users.changeProfile(database.em, first.id, { username: 'renamed' });
  const before = await people();
  clock.advance({ days: 1 });
  expect((await take(lines)).report).toEqual({ imported: 0, unchanged: 2, refused: 0 });
  expect(await people()).toEqual(before);
});

test('import: one that was broken off is finished by the next', async () => {
  const { take, people } = await startImport();
  const lines = Array.from({ length: 1200 }, (_, at) => ({ email: `p${at}@example.com`, username: `p${at}` }));
  await take(lines.slice(0, 700));
  expect((await take(lines)).report).toEqual({ imported: 500, unchanged: 700, refused: 0 });
  expect(await people()).toHaveLength(1200);
});

test('import: a dry run says the same and changes nothing', async () => {
  const { take, people, database } = await startImport();
  const lines = [ann, { email: 'ANN@example.com' }, { email: 'bob@example.com', username: 'ann.b' }, 'x'];
  const dry = await take(lines, { dryRun: true });
  expect(await people()).toEqual([]);
  expect(await database.em.fork().count(AuditEvent, { type: 'users.imported' })).toBe(0);
  expect(await take(lines)).toEqual(dry);
  expect(await database.em.fork().find(AuditEvent, { type: 'users.imported' })).toEqual([
    expect.objectContaining({ details: { imported: 1, unchanged: 0, refused: 3, roles: 'editor: 1' } }),
  ]);
});

test('import: lines that are refused are named by number and fault, in order, and hold up no other', async () => {
  const { take } = await startImport();
  const { report, refusals } = await take([
    { email: 'a@example.com', username: 'taken' },
    'not JSON',
    '',
    '[]',
    { email: 'b@example' },
    { email: 'A@example.com' },
    { email: 'c@example.com', username: 'TAKEN' },
    { email: 'd@example.com', admin: true },
    { email: 'e@example.com', password_hash: 'md5' },
    { email: 'f@example.com', password_hash: `${HASH}x`, name: 'a\nb' },
    '{"email":"g@example.com","name":"\\ud800"}',
    '{"email":"h@example.com","metadata":{"a":"\\u0000"}}',
    { email: 'i@example.com', roles: ['no role'] },
    { email: 'j@example.com' },
  ]);
  expect(report).toEqual({ imported: 2, unchanged: 0, refused: 11 });
  expect(refusals.map(({ line, faults }) => [line, faults.length])).toEqual([
    [2, 1],
    [4, 1],
    [5, 1],
    [6, 1],
    [7, 1],
    [8, 1],
    [9, 1],
    [10, 2],
    [11, 1],
    [12, 1],
    [13, 1],
  ]);
  const words = refusals.map(({ faults }) => faults.join(' '));
  expect(words).toEqual([
    expect.stringContaining('JSON'),
    expect.any(String),
    expect.stringContaining('email: '),
    expect.stringContaining('email: '),
    expect.stringContaining('username: '),
    expect.stringContaining('admin'),
    expect.stringContaining('password_hash: '),
    expect.stringContaining('name: '),
    expect.stringContaining('JSON'),
    expect.stringContaining('metadata: '),
    expect.stringContaining('roles.0: '),
  ]);
});

test('import: an identifier that other systems know stays; one that is somebody else’s is refused', async () => {
  const { take, people, api } = await startImport();
  const { user } = await api.signUp();
  const id = '8C3F2A44-1C8E-4C3A-9B0E-6A1F5D2E7B90';
  const { report, refusals } = await take([
    { id, email: 'ann@example.com' },
    { id: id.toLowerCase(), email: 'bob@example.com' },
    { id: user.id, email: 'eve@example.com' },
    { id: '17', email: 'kim@example.com' },
  ]);
  expect(report).toEqual({ imported: 1, unchanged: 0, refused: 3 });
  expect(refusals.map(({ line }) => line)).toEqual([2, 3, 4]);
  expect((await people()).map((person) => person.id)).toEqual([id.toLowerCase(), user.id]);
});

test('import: people who signed up are left alone, and keep their names', async () => {
  const { take, api, people } = await startImport();
  await api.signUp({ email: 'ann@example.com', preferred_username: 'ann' });
  const before = await people();
  const { report, refusals } = await take([ann, { email: 'bob@example.com', username: 'ANN' }]);
  expect(report).toEqual({ imported: 0, unchanged: 1, refused: 1 });
  expect(refusals).toEqual([{ line: 2, faults: [expect.stringContaining('username')] }]);
  expect(await people()).toEqual(before);
});

describe('roles', () => {
  const lines = [
    { email: 'ann@example.com', roles: ['editor'] },
    { email: 'bob@example.com', roles: ['admin'] },
    { email: 'eve@example.com', roles: ['editor', 'support', 'support'] },
    { email: 'kim@example.com', roles: ['nothing'] },
    { email: 'joe@example.com' },
  ];

  test('import: a role with administrative scopes, and one that does not exist, are refused', async () => {
    const { take, people } = await startImport();
    const { report, granted, refusals } = await take(lines);
    expect(report).toEqual({ imported: 2, unchanged: 0, refused: 3 });
    expect(granted).toEqual([{ role: 'editor', users: 1, administrativeScopes: [] }]);
    expect(refusals.map(({ line, faults }) => [line, faults.join()])).toEqual([
      [2, expect.stringContaining('--allow-role admin')],
      [3, expect.stringContaining('--allow-role support')],
      [4, 'roles: There is no role nothing.'],
    ]);
    expect((await people()).map(({ roles }) => roles)).toEqual([['user', 'editor'], ['user']]);
  });

  test('import: a role that the operator names is granted, and no other; a dry run says the same', async () => {
    const { take, people } = await startImport();
    const dry = await take(lines, { allowedRoles: ['support'], dryRun: true });
    const { report, granted } = await take(lines, { allowedRoles: ['support'] });
    expect(dry).toMatchObject({ report, granted });
    expect(report).toEqual({ imported: 3, unchanged: 0, refused: 2 });
    expect(granted).toEqual([
      { role: 'editor', users: 2, administrativeScopes: [] },
      { role: 'support', users: 1, administrativeScopes: ['users:write'] },
    ]);
    expect((await people()).map(({ roles }) => roles)).toEqual([
      ['user', 'editor'],
      ['user', 'editor', 'support'],
      ['user'],
    ]);
  });

  test('import: administrators are imported only if the operator says so', async () => {
    const { take } = await startImport();
    const { granted, refusals } = await take(lines, { allowedRoles: ['admin', 'support'] });
    expect(granted).toContainEqual({ role: 'admin', users: 1, administrativeScopes: [...adminScopes] });
    expect(refusals.map(({ line }) => line)).toEqual([4]);
  });

  test('import: if every user has an administrative scope, the operator has to allow that too', async () => {
    const { take, roles, database } = await startImport();
    await roles.create(database.em, { name: 'user', description: '', scopes: ['audit:read'] });
    expect((await take([{ email: 'joe@example.com' }])).report).toMatchObject({ refused: 1 });
    expect((await take([{ email: 'joe@example.com' }], { allowedRoles: ['user'] })).granted).toEqual([
      { role: 'user', users: 1, administrativeScopes: ['audit:read'] },
    ]);
  });

  test('import: an unknown role cannot be allowed, and then nothing is imported', async () => {
    const { take, people } = await startImport();
    await expect(take(lines, { allowedRoles: ['nothing'] })).rejects.toThrow('There is no role nothing.');
    expect(await people()).toEqual([]);
  });
});

test('import: a hash that takes too much work is refused with the reason', async () => {
  const { take, people } = await startImport();
  const argon2 = (parameters: string) => `$argon2id$v=19$${parameters}$c29tZSBzYWx0IG9mIG91cg$${'A'.repeat(43)}`;
  const costly = [
    argon2('m=1024,t=4000000000,p=1'),
    argon2('m=1048576,t=1,p=1'),
    argon2('m=262144,t=5,p=1'),
    argon2('m=1024,t=1,p=17'),
    `$2b$15$${'a'.repeat(52)}.`,
    `pbkdf2:sha256:2000001$salt$${'0'.repeat(64)}`,
    `scrypt:262144:8:2$salt$${'0'.repeat(128)}`,
  ];
  const { report, refusals } = await take(
    costly.map((password_hash, index) => ({ email: `user${index}@example.com`, password_hash })),
  );
  expect(report).toEqual({ imported: 0, unchanged: 0, refused: costly.length });
  expect(refusals.map(({ faults }) => faults)).toEqual([
    ['password_hash: This argon2 hash needs more than 32 passes.'],
    ['password_hash: This argon2 hash needs more than 256 MiB of memory.'],
    ['password_hash: This argon2 hash needs too much work: memory times passes is more than 1 GiB.'],
    ['password_hash: This argon2 hash needs more than 16 lanes.'],
    ['password_hash: This bcrypt hash has a cost above 14.'],
    ['password_hash: This PBKDF2 hash needs more than 2,000,000 rounds.'],
    ['password_hash: This scrypt hash needs too much work: 128·N·r·p is more than 256 MiB.'],
  ]);
  expect(await people()).toEqual([]);
});
