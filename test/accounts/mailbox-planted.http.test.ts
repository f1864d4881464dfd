// Accounts that somebody else has opened with an address: whoever reads its mail gets them, and gets them alone.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { ANN, codeInvalid, NEW_PASSWORD, openMailbox, startWithAnn } from './mailbox.ts';

test('reset: an address that was never proved, whoever signed up with it loses the account', async () => {
  const service = await startWithAnn();
  const { api, tokens: planted, resetCode, changeCode, reset, verify, code } = service;
  const change = await changeCode(planted, 'eve@evil.example');
  const second = await api.signIn(ANN);
  expect((await reset(await resetCode())).status).toBe(204);
  for (const { access_token, refresh_token } of [planted, second]) {
    expect((await api.get('/me', access_token)).status).toBe(401);
    expect((await api.tryRefresh(refresh_token)).body).toMatchObject({ reason: 'password_reset' });
  }
  await expect(api.signIn(ANN, { password: PASSWORD })).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(await verify(change)).toMatchObject(codeInvalid);
  expect(await verify(code)).toMatchObject(codeInvalid);
  const { access_token } = await api.signIn(ANN, { password: NEW_PASSWORD });
  expect(await api.me(access_token)).toMatchObject({ email: ANN, email_verified: true });
});

test('reset: where a sign-up tells nothing, a second sign-up sends the owner the way in', async () => {
  const service = await startService({ env: { SIGNUP_DISCLOSURE: 'strict', EMAIL_VERIFICATION: 'required' } });
  const { newLetters, reset } = openMailbox(service);
  for (const password of [PASSWORD, 'the password of the owner']) {
    expect((await service.api.post('/signup', { email: ANN, password })).status).toBe(202);
    await service.deliverMails();
  }
  const [, second] = await newLetters();
  expect((await reset(codeIn(second))).status).toBe(204);
  for (const password of [PASSWORD, 'the password of the owner']) {
    await expect(service.api.signIn(ANN, { password })).rejects.toMatchObject({ error: 'invalid_grant' });
  }
  await service.api.signIn(ANN, { password: NEW_PASSWORD });
});
