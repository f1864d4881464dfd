// A change of address that is not to be any more: by a newer one, or because of what has happened to the account since.
import { expect, test } from 'vitest';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { ANN, codeInvalid, NEW_ADDRESS, NEW_PASSWORD, openMailbox, readTables, startWithAnn } from './mailbox.ts';

const NEWER_ADDRESS = 'ann@newer.example';

test('e-mail change: two that are pending, only the newer one is good', async () => {
  const { api, tokens, changeCode, verify } = await startWithAnn();
  const older = await changeCode(tokens, NEW_ADDRESS);
  const newer = await changeCode(tokens, NEWER_ADDRESS);
  expect(await verify(older)).toMatchObject(codeInvalid);
  expect(await api.me(tokens.access_token)).toMatchObject({ email: ANN });
  expect((await verify(newer)).status).toBe(204);
  expect(await api.me(tokens.access_token)).toMatchObject({ email: NEWER_ADDRESS });
});

test('e-mail change: a newer one is asked for, the older code is invalid before the newer letter is written', async () => {
  const { tokens, changeCode, changeEmail, verify } = await startWithAnn();
  const older = await changeCode(tokens, NEW_ADDRESS);
  await changeEmail(tokens, NEWER_ADDRESS);
  expect(await verify(older)).toMatchObject(codeInvalid);
});

test('e-mail change: two that are asked for before the sender comes, only the newer one gets a code', async () => {
  const { tokens, changeEmail, newLetters, verify } = await startWithAnn();
  await changeEmail(tokens, NEW_ADDRESS);
  await changeEmail(tokens, NEWER_ADDRESS);
  const letters = (await newLetters()).filter(({ text }) => text.includes('code='));
  expect(letters.map(({ to }) => to)).toEqual([NEWER_ADDRESS]);
  expect((await verify(codeIn(letters[0]))).status).toBe(204);
});

test('e-mail change: an older letter that is late, does not void the newer one', async () => {
  let refused = true;
  const sent: { to: string; text: string }[] = [];
  const service = await startService({
    mailer: async (letter) => {
      if (refused && letter.to === NEW_ADDRESS) throw Object.assign(new Error('Later.'), { code: 'ECONNRESET' });
      sent.push(letter);
    },
  });
  const { changeEmail, verify } = openMailbox(service);
  const { tokens } = await service.api.signUp({ email: ANN });
  await changeEmail(tokens, NEW_ADDRESS);
  await service.deliverMails();
  await changeEmail(tokens, NEWER_ADDRESS);
  await service.deliverMails();
  refused = false;
  service.clock.advance({ minutes: 1 });
  await service.deliverMails();
  expect(sent.map(({ to }) => to)).not.toContain(NEW_ADDRESS);
  expect((await verify(codeIn(sent.find(({ to }) => to === NEWER_ADDRESS)))).status).toBe(204);
});

test('e-mail change: back to the first of two before the sender comes, the first gets the code', async () => {
  const { tokens, changeEmail, newLetters } = await startWithAnn();
  await changeEmail(tokens, NEW_ADDRESS);
  await changeEmail(tokens, NEWER_ADDRESS);
  await changeEmail(tokens, NEW_ADDRESS);
  const letters = (await newLetters()).filter(({ text }) => text.includes('code='));
  expect(letters.map(({ to }) => to)).toEqual([NEW_ADDRESS]);
});

test('e-mail change: done, what was mailed to the old address is void', async () => {
  const { api, tokens, code, resetCode, changeCode, verify, reset } = await startWithAnn();
  const toOld = await resetCode();
  await verify(await changeCode(tokens));
  expect(await reset(toOld)).toMatchObject(codeInvalid);
  expect(await verify(code)).toMatchObject(codeInvalid);
  await api.signIn(NEW_ADDRESS);
});

test('e-mail change: done before letters to the old address are written, they are not written', async () => {
  const { tokens, askReset, askVerification, changeCode, verify, newLetters, markVerified } = await startWithAnn();
  await markVerified();
  const code = await changeCode(tokens);
  await askReset(ANN);
  await verify(code);
  await askVerification(ANN);
  expect((await newLetters()).map(({ subject }) => subject)).toEqual([expect.stringContaining('was changed')]);
});

test('e-mail change: the password is changed after it, the code is invalid', async () => {
  const { api, tokens, changeCode, changePassword, verify } = await startWithAnn();
  const code = await changeCode(tokens);
  expect((await changePassword(tokens)).status).toBe(200);
  expect(await verify(code)).toMatchObject(codeInvalid);
  expect(await api.me(tokens.access_token)).toMatchObject({ email: ANN });
});

test('e-mail change: the password is changed before the letter is written, there is no letter', async () => {
  const { tokens, changeEmail, changePassword, newLetters, markVerified } = await startWithAnn();
  await markVerified();
  await changeEmail(tokens);
  await changePassword(tokens);
  const letters = await newLetters();
  expect(letters.map(({ to }) => to)).toEqual([ANN, ANN]);
  expect(letters.some(({ text }) => text.includes('code='))).toBe(false);
});

test('e-mail change: the password is reset after it, the code is invalid', async () => {
  const { api, tokens, changeCode, resetCode, reset, verify } = await startWithAnn();
  const code = await changeCode(tokens);
  expect((await reset(await resetCode())).status).toBe(204);
  expect(await verify(code)).toMatchObject(codeInvalid);
  const { access_token } = await api.signIn(ANN, { password: NEW_PASSWORD });
  expect(await api.me(access_token)).toMatchObject({ email: ANN });
});

test('e-mail change: the password is reset before the letter is written, there is no letter', async () => {
  const { tokens, resetCode, changeEmail, reset, newLetters, markVerified } = await startWithAnn();
  await markVerified();
  const code = await resetCode();
  await changeEmail(tokens);
  expect((await reset(code)).status).toBe(204);
  expect((await newLetters()).map(({ to }) => to)).toEqual([ANN, ANN]);
});

test('e-mail change: asked for once more after the password was changed, the letter is written', async () => {
  const { changeEmail, changePassword, codeTo, tokens, verify } = await startWithAnn();
  await changeEmail(tokens);
  await changePassword(tokens);
  expect((await changeEmail(tokens, NEW_ADDRESS, NEW_PASSWORD)).status).toBe(204);
  expect((await verify(await codeTo(NEW_ADDRESS), { password: NEW_PASSWORD })).status).toBe(204);
});

test('e-mail change: a disabled user, the code does nothing', async () => {
  const service = await startWithAnn();
  const code = await service.changeCode(service.tokens);
  await service.disable(service.user.id);
  const before = await readTables(service);
  expect(await service.verify(code)).toMatchObject(codeInvalid);
  expect(await readTables(service)).toEqual(before);
});

test('e-mail change: a deleted user, the code does nothing', async () => {
  const service = await startWithAnn();
  const code = await service.changeCode(service.tokens);
  await service.deleteAccount(service.tokens);
  const before = await readTables(service);
  expect(before.one_time_codes).toEqual([]);
  expect(await service.verify(code)).toMatchObject(codeInvalid);
  expect(await readTables(service)).toEqual(before);
});

test('e-mail change: a user deleted before the letter is written, there is no letter', async () => {
  const { tokens, changeEmail, deleteAccount, newLetters, markVerified } = await startWithAnn();
  await markVerified();
  await changeEmail(tokens);
  await deleteAccount(tokens);
  expect((await newLetters()).map(({ to }) => to)).toEqual([ANN, ANN]);
});
