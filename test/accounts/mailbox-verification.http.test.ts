import { expect, test } from 'vitest';
import { ANN, BOB, codeInvalid, readTables, startWithAnn } from './mailbox.ts';

test('verification: a request, changes no column and ends no session', async () => {
  const service = await startWithAnn();
  const before = await readTables(service);
  await service.askVerification();
  await service.codeTo(ANN);
  const { users, sessions, audit_events: events } = await readTables(service);
  expect({ users, sessions, events }).toEqual({
    users: before.users,
    sessions: before.sessions,
    events: before.audit_events,
  });
  await service.api.refresh(service.tokens.refresh_token);
});

test('verification: with the code, the address is proved and nothing else is different', async () => {
  const { api, code, tokens, user, users, verify, newLetters } = await startWithAnn();
  const before = await users.find(user.id);
  expect(await verify(code)).toMatchObject({ status: 204, text: '' });
  const after = await users.find(user.id);
  expect(after).toEqual({ ...before, emailVerifiedAt: expect.any(Date), updatedAt: expect.any(Date) });
  expect(await newLetters()).toEqual([]);
  await api.refresh(tokens.refresh_token);
  await api.signIn(ANN);
});

test('verification: a code that is missing or no text, 400 and nothing changes', async () => {
  const service = await startWithAnn();
  const { code, verify } = service;
  const before = await readTables(service);
  for (const bad of [undefined, '', null, [code], [], 1, true, { code }, 'x'.repeat(257)]) {
    const { status, body } = await verify(bad);
    expect([status, body.code], JSON.stringify(bad)).toEqual([400, 'invalid_request']);
  }
  for (const bad of [code.slice(1), code.slice(0, -1), `${code}A`, `${code}=`, `${code}\0`, `${code}\n`, '%', 'null']) {
    expect(await verify(bad), bad).toMatchObject(codeInvalid);
  }
  expect(await readTables(service)).toEqual(before);
  expect((await verify(code)).status).toBe(204);
});

test('verification: with the code of somebody else, that address is proved and no other', async () => {
  const { api, tokens, verify, codeTo } = await startWithAnn();
  const bob = await api.signUp({ email: BOB });
  expect((await verify(await codeTo(BOB))).status).toBe(204);
  expect(await api.me(bob.tokens.access_token)).toMatchObject({ email_verified: true });
  expect(await api.me(tokens.access_token)).toMatchObject({ email_verified: false });
});

test('verification: a mail scanner that fetches the path, proves nothing and leaves the code good', async () => {
  const service = await startWithAnn();
  const { api, code, verify } = service;
  const before = await readTables(service);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    const answer = await api.send(method, `/email-verification/confirm?code=${code}`);
    expect([answer.status, answer.headers.get('allow')], method).toEqual([405, expect.stringContaining('POST')]);
  }
  expect(await readTables(service)).toEqual(before);
  expect((await verify(code)).status).toBe(204);
});

test('verification: the code in the query of a POST, is not looked for there', async () => {
  const { api, code, verify } = await startWithAnn();
  expect((await api.post(`/email-verification/confirm?code=${code}`, {})).status).toBe(400);
  expect((await verify(code)).status).toBe(204);
});

test('verification: a disabled user, the code does nothing', async () => {
  const service = await startWithAnn();
  await service.disable(service.user.id);
  const before = await readTables(service);
  expect(await service.verify(service.code)).toMatchObject(codeInvalid);
  expect(await readTables(service)).toEqual(before);
});

test('verification: a deleted user, the code does nothing, even for a new account with the address', async () => {
  const { api, code, deleteAccount, tokens, verify } = await startWithAnn();
  expect((await deleteAccount(tokens)).status).toBe(204);
  expect(await verify(code)).toMatchObject(codeInvalid);
  const again = await api.signUp({ email: ANN });
  expect(await verify(code)).toMatchObject(codeInvalid);
  expect(await api.me(again.tokens.access_token)).toMatchObject({ email_verified: false });
});

test('verification: a user deleted before the letter is written, no letter', async () => {
  const { askVerification, deleteAccount, newLetters, tokens } = await startWithAnn();
  await askVerification();
  await deleteAccount(tokens);
  expect(await newLetters()).toEqual([]);
});

test('verification: after the password was changed, the code that was mailed before is invalid', async () => {
  const { changePassword, code, tokens, verify } = await startWithAnn();
  expect((await changePassword(tokens)).status).toBe(200);
  expect(await verify(code)).toMatchObject(codeInvalid);
});
