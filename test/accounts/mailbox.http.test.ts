// The stories as people live them, from the first mail to the last; every other file with this name takes one apart.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { ANN, NEW_PASSWORD, startWithAnn } from './mailbox.ts';

test('verification: after a sign-up, the code from the mail verifies the address, once', async () => {
  const { api, tokens, clock, code, verify } = await startWithAnn();
  expect(await api.me(tokens.access_token)).toMatchObject({ email_verified: false });
  expect((await verify(code)).status).toBe(204);
  expect(await api.me(tokens.access_token)).toMatchObject({ email_verified: true });
  clock.advance({ minutes: 1 });
  expect(await verify(code)).toMatchObject({ status: 409, body: { code: 'already_verified' } });
});

test('reset: with the code, sets the password, ends every session, proves the address and opens nothing', async () => {
  const { api, askReset, newLetters, reset, user, tokens, sessions, database } = await startWithAnn();
  expect(await askReset()).toMatchObject({ status: 202, text: '' });
  const [letter] = await newLetters();
  expect(letter?.to).toBe(ANN);
  expect(await reset(codeIn(letter))).toMatchObject({ status: 204, text: '' });
  expect(await sessions.listLive(database.em, user.id)).toEqual([]);
  expect((await api.tryRefresh(tokens.refresh_token)).body).toMatchObject({ reason: 'password_reset' });
  await expect(api.signIn(ANN, { password: PASSWORD })).rejects.toMatchObject({ error: 'invalid_grant' });
  const { access_token } = await api.signIn(ANN, { password: NEW_PASSWORD });
  expect(await api.me(access_token)).toMatchObject({ email_verified: true });
  expect((await newLetters()).map(({ to, subject }) => [to, subject])).toEqual([
    [ANN, expect.stringContaining('was reset')],
  ]);
});

test('e-mail change: to another address, takes effect when that is proved, and not before', async () => {
  const { api, changeEmail, newLetters, tokens, verify, markVerified } = await startWithAnn();
  await markVerified();
  expect((await changeEmail(tokens, 'Ann@Elsewhere.example')).status).toBe(204);
  const letters = await newLetters();
  expect(letters.map(({ to }) => to).toSorted()).toEqual(['Ann@Elsewhere.example', ANN]);
  expect(await api.me(tokens.access_token)).toMatchObject({ email: ANN });
  expect((await verify(codeIn(letters.find(({ to }) => to !== ANN)))).status).toBe(204);
  expect(await api.me(tokens.access_token)).toMatchObject({ email: 'Ann@Elsewhere.example', email_verified: true });
  expect((await newLetters()).map(({ to }) => to)).toEqual([ANN]);
  await api.signIn('ann@elsewhere.example');
});
