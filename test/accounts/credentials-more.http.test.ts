import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';

test('password: the current one in another Unicode form is no new one', async () => {
  const { api } = await startService();
  const { user, tokens } = await api.signUp({ password: 'caf\u00e9 du coin' });
  const other = await api.signIn(user.email, { password: 'caf\u00e9 du coin' });
  const members = { current_password: 'caf\u00e9 du coin', new_password: 'cafe\u0301 du coin' };
  expect(await api.put('/me/password', members, tokens.access_token)).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/new_password', code: 'password_unchanged' }] },
  });
  await api.refresh(other.refresh_token);
});

test('password: a word of the list or a name within a longer phrase is a password', async () => {
  const { api } = await startService();
  const { user, tokens } = await api.signUp({ email: 'annabelle@example.com' });
  let current = PASSWORD;
  for (const wanted of ['my iloveyou horse', 'annabelle@example.com!', 'latchkey for a horse', 'annabelles']) {
    const members = { current_password: current, new_password: wanted };
    expect(await api.put('/me/password', members, tokens.access_token)).toMatchObject({ status: 200 });
    current = wanted;
  }
  await api.signIn(user.email, { password: current });
});

test('password: a change without a token, or with a dead one, looks at no password', async () => {
  const { api, users } = await startService();
  const { user, tokens } = await api.signUp();
  const before = await users.find(user.id);
  const members = { current_password: PASSWORD, new_password: 'another horse battery' };
  expect(await api.put('/me/password', members)).toMatchObject({ status: 401, body: { code: 'token_missing' } });
  await api.post('/logout', { refresh_token: tokens.refresh_token });
  const answer = await api.put('/me/password', members, tokens.access_token);
  expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
  expect(await users.find(user.id)).toEqual(before);
});

test('password: whose it is, only the token says', async () => {
  const { api, users } = await startService();
  const { tokens } = await api.signUp({ password: 'the password of Ann' });
  const { user: bob } = await api.signUp({ email: 'bob@example.com' });
  const before = await users.find(bob.id);
  const members = { current_password: PASSWORD, new_password: 'another horse battery' };
  const path = `/me/password?user_id=${bob.id}&sub=${bob.id}`;
  expect(await api.put(path, members, tokens.access_token)).toMatchObject({ body: { code: 'password_wrong' } });
  expect(await api.del(`/me?user_id=${bob.id}`, { password: PASSWORD }, tokens.access_token)).toMatchObject({
    body: { code: 'password_wrong' },
  });
  expect(await users.find(bob.id)).toEqual(before);
});

test('e-mail: an address that somebody else has signed up with meanwhile is not moved to', async () => {
  const { api, deliverMails, letters } = await startService();
  const { tokens } = await api.signUp({ email: 'ann@example.com' });
  const change = { email: 'ann@elsewhere.example', password: PASSWORD };
  expect((await api.put('/me/email', change, tokens.access_token)).status).toBe(204);
  await deliverMails();
  const code = codeIn(letters.find(({ to }) => to === change.email));
  await api.signUp({ email: change.email });
  expect(await api.post('/email-verification/confirm', { code, password: PASSWORD })).toMatchObject({
    status: 400,
    body: { code: 'code_invalid' },
  });
  expect(await api.me(tokens.access_token)).toMatchObject({ email: 'ann@example.com' });
});
