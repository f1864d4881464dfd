import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { faultsOfProfile, wrongProfile } from './wrong-profile.ts';

const ann = { email: 'ann@example.com', password: PASSWORD };

/** A sign-up, what was wrong with it, and how many rows it left behind. */
async function trySignUp(members: object) {
  const { api, database } = await startService();
  const answer = await api.post('/signup', members);
  const em = database.em.fork();
  const rows = (await em.count(User)) + (await em.count(Session)) + (await em.count(AuditEvent));
  const errors: { pointer: string; code: string; detail: string }[] = answer.body.errors ?? [];
  const faults = Object.fromEntries(errors.map(({ pointer, code }) => [pointer, code]));
  return { ...answer, errors, faults, rows };
}

test('sign-up: everything that is wrong is said at once', async () => {
  const { status, body, errors, faults, rows } = await trySignUp({
    email: 'ann@example.com@evil.example',
    password: 'short',
    ...wrongProfile,
    remember_me: 'perhaps',
  });
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(faults).toEqual({
    '/email': 'email_invalid',
    '/password': 'password_too_short',
    ...faultsOfProfile,
    '/remember_me': 'invalid',
  });
  expect(errors).toHaveLength(10);
  for (const { detail } of errors) expect(detail).toMatch(/^[A-Z].*\.$/);
  expect(rows).toBe(0);
});

test('sign-up: without anything, what is required is named', async () => {
  const { status, faults } = await trySignUp({});
  expect(status).toBe(400);
  expect(faults).toEqual({ '/email': 'required', '/password': 'required' });
});

const faulty: [name: string, value: unknown, code: string][] = [
  ['email', 'ann', 'email_invalid'],
  ['email', '', 'email_invalid'],
  ['email', null, 'wrong_type'],
  ['email', ['ann@example.com'], 'wrong_type'],
  ['email', 'ann@example.com\r\nBcc: eve@evil.example', 'email_invalid'],
  ['email', 'ann@exa\r\nmple.com', 'email_invalid'],
  ['email', 'ann@example.com, eve@evil.example', 'email_invalid'],
  ['email', '"ann@evil.example"@example.com', 'email_invalid'],
  ['email', 'Ann <ann@example.com>', 'email_invalid'],
  ['email', 'ann\uff20example.com', 'email_invalid'],
  ['email', `${'a'.repeat(309)}@example.com`, 'too_long'],
  ['password', 'x'.repeat(7), 'password_too_short'],
  ['password', '🐴'.repeat(4), 'password_too_short'],
  ['password', '', 'password_too_short'],
  ['password', 'x'.repeat(1025), 'password_too_long'],
  ['password', 'correct\nhorse', 'password_control_character'],
  ['password', 'correct\0horse', 'password_control_character'],
  ['password', 12_345_678, 'wrong_type'],
  ['preferred_username', 'an ann', 'username_invalid'],
  ['preferred_username', 'x'.repeat(65), 'username_invalid'],
  ['preferred_username', '', 'username_invalid'],
  ['given_name', 'x'.repeat(257), 'too_long'],
  ['given_name', 'Ann\0', 'invalid'],
  ['family_name', 'Smith\r\nX: y', 'invalid'],
  ['name', '\u001b[2J', 'invalid'],
  ['locale', 'en_GB', 'locale_invalid'],
  ['locale', 'en-x-abcdefgh-abcdefgh-abcdefgh-abcdefgh', 'too_long'],
  ['zoneinfo', 'Europe', 'zoneinfo_invalid'],
  ['zoneinfo', '+01:00', 'zoneinfo_invalid'],
  ['remember_me', 1, 'invalid'],
];

test.each(faulty)('sign-up: %s %j is refused by name', async (name, value, code) => {
  const { status, faults, rows } = await trySignUp({ ...ann, [name]: value });
  expect(status).toBe(400);
  expect(faults).toMatchObject({ [`/${name}`]: code });
  expect(Object.keys(faults)).toEqual([`/${name}`]);
  expect(rows).toBe(0);
});

test('sign-up: a refusal repeats no value', async () => {
  const values = { email: 'swordfish', password: 'hunter2', preferred_username: '-swordfish', swordfish: 'hunter2' };
  const { text } = await trySignUp({ ...values, given_name: { swordfish: 1 } });
  expect(text.replace('/swordfish', '')).not.toMatch(/swordfish|hunter2/); // the unknown member is named
});

describe('sign-up: nobody gives himself more than an account', () => {
  test.each([
    ['role', 'admin'],
    ['roles', ['user', 'admin']],
    ['admin', true],
    ['email_verified', true],
    ['emailVerifiedAt', '2026-01-01T00:00:00Z'],
    ['password_hash', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo'],
    ['passwordHash', 'x'],
    ['id', '00000000-0000-7000-8000-000000000000'],
    ['disabled', false],
    ['created_at', '2026-01-01T00:00:00Z'],
    ['metadata', { plan: 'pro' }],
    ['picture', 'https://example.com/a.png'],
    ['last_signed_in_at', null],
  ])('%s is refused as unknown, and nothing is written', async (name, value) => {
    const { status, faults, rows } = await trySignUp({ ...ann, [name]: value });
    expect(status).toBe(400);
    expect(faults).toEqual({ [`/${name}`]: 'unknown_member' });
    expect(rows).toBe(0);
  });

  test('all of them at once are all named', async () => {
    const more = { role: 'admin', roles: [], email_verified: true, id: 'x', disabled: false };
    const { faults } = await trySignUp({ ...ann, ...more });
    expect(Object.keys(faults).toSorted()).toEqual(['/disabled', '/email_verified', '/id', '/role', '/roles']);
  });
});
