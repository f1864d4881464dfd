import { dictionary } from '@zxcvbn-ts/language-common';
import { describe, expect, test } from 'vitest';
import { isCommonPassword } from '../../src/users/common-passwords.ts';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { createCountedPasswords } from './counted-passwords.ts';

const ANN = 'ann@example.com';

test('common passwords: there are ten thousand and more that are long enough, and each is refused in any case', () => {
  const { findFault } = createCountedPasswords();
  const long = dictionary['passwords-common'].filter((word) => [...word].length >= 8);
  const refused = long.filter((word) =>
    [word, word.toUpperCase(), word.slice(0, 1).toUpperCase() + word.slice(1)].every(
      (spelling) => findFault(spelling)?.code === 'password_blocklisted',
    ),
  );
  expect(new Set(refused).size).toBeGreaterThanOrEqual(10_000);
  expect(refused).toHaveLength(long.length);
});

test.each(['password', 'password1', '12345678', 'qwertyuiop', 'iloveyou', 'trustno1', 'sunshine'])(
  'common passwords: %s is one',
  (word) => {
    expect(isCommonPassword(word)).toBe(true);
    expect(isCommonPassword(word.toUpperCase())).toBe(true);
  },
);

test.each(['', 'iloveyou horse', ' password', 'password ', 'pass word', 'correct horse battery', 'toString'])(
  'common passwords: %j is none',
  (phrase) => {
    expect(isCommonPassword(phrase)).toBe(false);
  },
);

/** Each way to set a password, and where in the request it stands. */
const ways = [
  ['sign-up', '/password', signUpWith],
  ['change', '/new_password', changeTo],
  ['reset', '/password', resetTo],
] as const;

type Service = Awaited<ReturnType<typeof startService>>;

function signUpWith({ api }: Service, password: string) {
  return api.post('/signup', { email: 'bob@example.com', password });
}

async function changeTo({ api }: Service, new_password: string) {
  const { access_token } = await api.signIn(ANN);
  return api.put('/me/password', { current_password: PASSWORD, new_password }, access_token);
}

async function resetTo({ api, deliverMails, letters }: Service, password: string) {
  await api.post('/password-reset', { email: ANN });
  await deliverMails();
  return api.post('/password-reset/confirm', {
    code: codeIn(letters.find(({ subject }) => subject.startsWith('Choose'))),
    password,
  });
}

describe.each(ways)('common passwords: at %s', (_, pointer, set) => {
  async function startWithAnn() {
    const service = await startService();
    const { user } = await service.api.signUp({ email: ANN });
    return { ...service, user };
  }

  test.each(['iloveyou', 'ILoveYou', 'PASSWORD123', 'Latchkey', 'localhost'])('%s is refused', async (word) => {
    const service = await startWithAnn();
    const before = (await service.users.find(service.user.id))?.passwordHash;
    const { status, body, text } = await set(service, word);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer, code: 'password_blocklisted' }] });
    expect(body.errors).toHaveLength(1);
    expect(text.replaceAll('http://localhost', '')).not.toContain(word);
    expect((await service.users.find(service.user.id))?.passwordHash).toBe(before);
  });

  test.each(['iloveyou horse', 'my latchkey', 'ann@example.com!'])('%s is taken', async (phrase) => {
    const service = await startWithAnn();
    expect([200, 201, 204]).toContain((await set(service, phrase)).status);
    const owner = pointer === '/password' && set === signUpWith ? 'bob@example.com' : ANN;
    await service.api.signIn(owner, { password: phrase });
  });
});

test('common passwords: a reset with one leaves the code as it was', async () => {
  const service = await startService();
  const { api, deliverMails, letters } = service;
  await api.signUp({ email: ANN });
  await api.post('/password-reset', { email: ANN });
  await deliverMails();
  const code = codeIn(letters.find(({ subject }) => subject.startsWith('Choose')));
  for (const password of ['iloveyou', ANN, ANN.toUpperCase()]) {
    const errors = [{ pointer: '/password', code: 'password_blocklisted' }];
    expect(await api.post('/password-reset/confirm', { code, password })).toMatchObject({
      status: 400,
      body: { errors },
    });
  }
  expect((await api.post('/password-reset/confirm', { code, password: 'another horse battery' })).status).toBe(204);
});
