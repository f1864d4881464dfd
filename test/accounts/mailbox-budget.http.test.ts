// How many mails of a kind an address gets in an hour, no matter who asks.
import { expect, test } from 'vitest';
import { ANN, NEW_ADDRESS, readTables, startWithAnn } from './mailbox.ts';

test('reset: six in an hour, and the first that is an hour old makes room', async () => {
  const { askReset, newLetters, clock, waitAnHour } = await startWithAnn();
  waitAnHour();
  const ask = async () => {
    expect(await askReset()).toMatchObject({ status: 202, text: '' });
    return (await newLetters()).length;
  };
  expect([await ask(), await ask()]).toEqual([1, 1]);
  clock.advance({ minutes: 10 });
  expect([await ask(), await ask(), await ask(), await ask(), await ask()]).toEqual([1, 1, 1, 1, 0]);
  clock.advance({ minutes: 50 });
  expect([await ask(), await ask(), await ask()]).toEqual([1, 1, 0]);
});

test('reset: whoever uses up the verifications of an address leaves its owner the resets', async () => {
  const { askReset, askVerification, newLetters, waitAnHour } = await startWithAnn();
  waitAnHour();
  for (let times = 0; times < 4; times += 1) {
    await askVerification();
    await newLetters();
  }
  await askReset();
  expect(await newLetters()).toHaveLength(1);
});

test('e-mail change: five accounts ask for one address in an hour, it gets three mails and all get one answer', async () => {
  const service = await startWithAnn();
  const { api, changeEmail, newLetters } = service;
  const received: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    const { tokens } = await api.signUp();
    await newLetters();
    expect(await changeEmail(tokens)).toMatchObject({ status: 204, text: '' });
    received.push((await newLetters()).filter(({ to }) => to === NEW_ADDRESS).length);
  }
  expect(received).toEqual([1, 1, 1, 0, 0]);
});

test('e-mail change: to an address that has had its three, works an hour later', async () => {
  const { api, changeEmail, codeTo, newLetters, verify, waitAnHour } = await startWithAnn();
  const tokens = await api.signIn(ANN);
  for (let times = 0; times < 3; times += 1) {
    await changeEmail(tokens);
    await newLetters();
  }
  expect((await changeEmail(tokens)).status).toBe(204);
  expect((await newLetters()).filter(({ to }) => to === NEW_ADDRESS)).toEqual([]);
  waitAnHour();
  const fresh = await api.signIn(ANN);
  await changeEmail(fresh);
  expect((await verify(await codeTo(NEW_ADDRESS))).status).toBe(204);
  expect(await api.me(fresh.access_token)).toMatchObject({ email: NEW_ADDRESS });
});

test('reset: a mail that is not sent, leaves the code of the one before good', async () => {
  const service = await startWithAnn();
  const { askReset, newLetters, resetCode, reset, waitAnHour } = service;
  waitAnHour();
  for (let times = 0; times < 5; times += 1) await resetCode();
  const sixth = await resetCode();
  const before = await readTables(service);
  await askReset();
  expect(await newLetters()).toEqual([]);
  expect(await readTables(service)).toEqual(before);
  expect((await reset(sixth)).status).toBe(204);
});
