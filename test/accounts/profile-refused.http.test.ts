import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { User } from '../../src/users/user.ts';
import { startService } from '../harness/service.ts';
import { faultsOfProfile, wrongProfile } from './wrong-profile.ts';

/** A change, what was wrong with it, and whether anything is different since. */
async function tryChange(changes: object) {
  const { api, clock, database } = await startService();
  const { tokens } = await api.signUp({ email: 'ann@example.com', preferred_username: 'ann' });
  await api.signUp({ email: 'bob@example.com', preferred_username: 'Bob' });
  const everybody = async () => {
    const em = database.em.fork();
    return [await em.findAll(User, { orderBy: { id: 'asc' } }), await em.count(AuditEvent)];
  };
  const before = await everybody();
  clock.advance({ minutes: 1 });
  const answer = await api.patch('/me', changes, tokens.access_token);
  const errors: { pointer: string; code: string; detail: string }[] = answer.body.errors ?? [];
  const faults = Object.fromEntries(errors.map(({ pointer, code }) => [pointer, code]));
  return { ...answer, faults, errors, before, after: await everybody() };
}

test('profile: everything that is wrong is said at once, and nothing is changed', async () => {
  const { status, body, faults, errors, before, after } = await tryChange({
    ...wrongProfile,
    picture: 'http://example.com/a.png',
    metadata: [],
    email: 'eve@evil.example',
  });
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(faults).toEqual({
    ...faultsOfProfile,
    '/picture': 'picture_invalid',
    '/metadata': 'wrong_type',
    '/email': 'unknown_member',
  });
  expect(errors).toHaveLength(10);
  expect(after).toEqual(before);
});

test('profile: one member that is wrong takes the others with it', async () => {
  const { status, faults, before, after } = await tryChange({ name: 'Ann', locale: '-' });
  expect(status).toBe(400);
  expect(faults).toEqual({ '/locale': 'locale_invalid' });
  expect(after).toEqual(before);
});

describe('profile: nobody gives himself what is not his to give', () => {
  test.each([
    ['role', 'admin'],
    ['roles', ['user', 'admin']],
    ['admin', true],
    ['email', 'ann@elsewhere.example'],
    ['email_verified', true],
    ['emailVerifiedAt', '2026-01-01T00:00:00Z'],
    ['password', 'another good password'],
    ['password_hash', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo'],
    ['passwordHash', null],
    ['id', '00000000-0000-7000-8000-000000000000'],
    ['disabled', false],
    ['disabled_at', null],
    ['created_at', '2026-01-01T00:00:00Z'],
    ['updated_at', '2026-01-01T00:00:00Z'],
    ['sub', '00000000-0000-7000-8000-000000000000'],
    ['user_id', '00000000-0000-7000-8000-000000000000'],
    ['username', 'annabelle'],
    ['usernameCanonical', 'annabelle'],
    ['givenName', 'Ann'],
  ])('%s is refused as unknown, and nothing is changed', async (name, value) => {
    const { status, faults, before, after } = await tryChange({ given_name: 'Eve', [name]: value });
    expect(status).toBe(400);
    expect(faults).toEqual({ [`/${name}`]: 'unknown_member' });
    expect(after).toEqual(before);
  });
});

test.each(['Bob', 'bob', 'BOB'])("profile: another one's user name is refused as %s", async (name) => {
  const { status, body, before, after } = await tryChange({ preferred_username: name, name: 'Eve' });
  expect(status).toBe(409);
  expect(body).toMatchObject({
    type: expect.stringMatching(/#username_taken$/),
    code: 'username_taken',
    errors: [{ pointer: '/preferred_username', code: 'username_taken', detail: expect.any(String) }],
  });
  expect(body.errors).toHaveLength(1);
  expect(after).toEqual(before);
});

test.each([
  'http://example.com/a.png',
  'javascript:alert(1)',
  'data:image/png;base64,AAAA',
  '//example.com/a.png',
  '/a.png',
  'https://',
  'https:example.com/a.png',
  'https:/example.com/a.png',
  ' https://example.com/a.png',
  '\thttps://example.com/a.png',
  'https://example.com/\u202eb.png',
  '',
])('profile: the picture %j is refused', async (picture) => {
  const { status, faults, before, after } = await tryChange({ picture });
  expect(status).toBe(400);
  expect(faults).toEqual({ '/picture': 'picture_invalid' });
  expect(after).toEqual(before);
});

test.each([
  ['picture', `https://example.com/${'a'.repeat(2029)}`],
  ['name', 'x'.repeat(257)],
  ['locale', 'en-x-abcdefgh-abcdefgh-abcdefgh-abcdefgh'],
])('profile: %s can be too long', async (name, value) => {
  expect((await tryChange({ [name]: value })).faults).toEqual({ [`/${name}`]: 'too_long' });
});

test('profile: a name of a megabyte is refused whole', async () => {
  const { status, body, before, after } = await tryChange({ name: 'x'.repeat(1_048_576) });
  expect([status, body.code]).toEqual([413, 'payload_too_large']);
  expect(after).toEqual(before);
});

test('profile: without an access token, or with a dead one, nothing is changed', async () => {
  const { api, users } = await startService();
  const { user, tokens } = await api.signUp();
  const before = await users.find(user.id);
  expect(await api.patch('/me', { name: 'Eve' })).toMatchObject({ status: 401, body: { code: 'token_missing' } });
  await api.post('/logout', { refresh_token: tokens.refresh_token });
  const answer = await api.patch('/me', { name: 'Eve' }, tokens.access_token);
  expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
  expect(await users.find(user.id)).toEqual(before);
});

test('profile: of fifty who want one user name at once, one gets it', async () => {
  const { api, users } = await startService();
  const people = await Promise.all(Array.from({ length: 50 }, (_, index) => api.signUp({ name: `Person ${index}` })));
  const rename = ({ tokens }: (typeof people)[number], index: number) =>
    api.patch('/me', { preferred_username: index % 2 ? 'ANN' : 'ann', name: 'Ann' }, tokens.access_token);
  const answers = await Promise.all(people.map(rename));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, body }) => status === 409 && body.code === 'username_taken')).toHaveLength(49);
  const rows = await Promise.all(people.map(({ user }) => users.find(user.id)));
  expect(rows.filter((row) => row?.usernameCanonical === 'ann' && row.name === 'Ann')).toHaveLength(1);
  expect(rows.filter((row) => row?.username === null && row.name?.startsWith('Person '))).toHaveLength(49);
});
