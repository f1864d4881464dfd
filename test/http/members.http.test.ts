import { expect, test } from 'vitest';
import { z } from 'zod';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from './failures.ts';

const ann = { email: 'ann@example.com', password: PASSWORD };

/** What only the service may set. */
const reserved = {
  id: '00000000-0000-7000-8000-000000000000',
  user_id: '00000000-0000-7000-8000-000000000000',
  role: 'admin',
  roles: ['admin'],
  admin: true,
  email_verified: true,
  email_verified_at: '2020-01-01T00:00:00Z',
  emailVerifiedAt: '2020-01-01T00:00:00Z',
  email_canonical: CANARY,
  password_hash: CANARY,
  passwordHash: CANARY,
  disabled: true,
  disabled_at: '2020-01-01T00:00:00Z',
  created_at: '2020-01-01T00:00:00Z',
  updated_at: '2020-01-01T00:00:00Z',
  last_signed_in_at: '2020-01-01T00:00:00Z',
  picture: CANARY,
  metadata: { polluted: CANARY },
};

test.each(Object.entries(reserved))(
  'members: a sign-up that sets %s is refused and leaves nothing',
  async (name, value) => {
    const { api } = await startService();
    const answer = await api.post('/signup', { ...ann, [name]: value });
    expectFailure(answer, 'problem', 400, 'invalid_request');
    expect(answer.body.errors).toMatchObject([{ pointer: `/${name}`, code: 'unknown_member' }]);
    const { user } = await api.signUp(ann);
    expect(user).toMatchObject({ email_verified: false, roles: ['user'], disabled: false, metadata: {} });
  },
);

/** Words of the inside: columns that no answer may show, and names that their members could have. */
const internal =
  /hash|canonical|digest|pepper|salt|secret|sealed|private|generation|rotated|retry|changed_at|disabled_at/i;

/** A secret is shown to whoever made it, once; when it was made is no secret. */
const shown = ['client_secret', 'NewClientSecret', 'secrets_since'];

test('members: no declared answer has a member of the inside', async () => {
  const { endpoints } = await startService();
  const schemas = endpoints.flatMap(({ replies }) => Object.values(replies)).flatMap(({ schema }) => schema ?? []);
  const names = schemas.flatMap((schema) => namesIn(z.toJSONSchema(schema, { io: 'output' })));
  expect(names).toContain('refresh_token');
  expect(names.filter((name) => internal.test(name) && !shown.includes(name))).toEqual([]);
});

/** The names of all members, however deep. */
function namesIn(value: unknown): string[] {
  if (!(value instanceof Object)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

test('members: answers hold what the contract names and nothing of the database beyond it', async () => {
  const { api, database } = await startService();
  const signUp = await api.post('/signup', { ...ann, preferred_username: 'Ann' });
  const { user, tokens } = signUp.body;
  const [{ password_hash: hash }] = await database.em.execute<[{ password_hash: string }]>(
    'select password_hash from users',
  );
  const answers = [
    signUp,
    await api.get('/me', tokens.access_token),
    await api.get('/userinfo', tokens.access_token),
    await api.tryRefresh(tokens.refresh_token, { key: CANARY }),
    await api.get('/.well-known/jwks.json'),
  ];
  expect(hash).toMatch(/^\$argon2id\$/);
  for (const { status, text, body } of answers) {
    expect(status).toBeLessThan(300);
    expect(namesIn(body).filter((name) => internal.test(name) || name === 'd')).toEqual([]);
    for (const secret of [hash, PASSWORD, CANARY]) expect(text).not.toContain(secret);
  }
  expect(Object.keys(user).sort()).toEqual(publicMembers);
});

/** Of a user. A new member is a decision: it is listed here. */
const publicMembers = [
  'created_at',
  'disabled',
  'email',
  'email_verified',
  'family_name',
  'given_name',
  'id',
  'last_signed_in_at',
  'locale',
  'metadata',
  'name',
  'picture',
  'preferred_username',
  'roles',
  'updated_at',
  'zoneinfo',
];
