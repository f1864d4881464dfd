// Asking for a mail: nobody learns from it who has an account, and nobody's mailbox is flooded by it.
import { describe, expect, test } from 'vitest';
import type { Answer } from '../harness/api.ts';
import { ANN, BOB, readTables, startWithAnn } from './mailbox.ts';

const limits = [
  ['/password-reset', 6],
  ['/email-verification', 3],
] as const;

/** All that a caller can tell one answer from another by. */
function visible({ status, text, headers }: Answer) {
  const told = Object.fromEntries(headers);
  return { status, text, headers: { ...told, date: '', 'x-request-id': '' } };
}

async function startWithPeople() {
  const service = await startWithAnn();
  const { user } = await service.api.signUp({ email: 'disabled@example.com' });
  await service.disable(user.id);
  await service.newLetters();
  service.waitAnHour();
  return service;
}

describe.each(limits)('%s', (path, limit) => {
  const name = path.slice(1);

  test(`${name}: for known, unknown and disabled addresses, one answer`, async () => {
    const { api } = await startWithPeople();
    const known = visible(await api.post(path, { email: ANN }));
    expect(known).toMatchObject({ status: 202, text: '' });
    for (const email of [BOB, 'disabled@example.com', 'ann@nowhere.example', ANN]) {
      expect(visible(await api.post(path, { email })), email).toEqual(known);
    }
  });

  test(`${name}: of a malformed address, the answer is 400 whoever it resembles`, async () => {
    const { api } = await startWithPeople();
    const malformed = ['ann@', '@example.com', 'ann', '', ' ann@example.com', 'ann@example.com ', 'ann@example'];
    for (const email of malformed) {
      const { status, body } = await api.post(path, { email });
      expect([status, body.code, body.errors], email).toEqual([
        400,
        'invalid_request',
        [{ pointer: '/email', code: 'email_invalid', detail: expect.any(String) }],
      ]);
    }
    const known = await api.post(path, { email: 'ann@@example.com' });
    const unknown = await api.post(path, { email: 'bob@@example.com' });
    const told = ({ body, ...answer }: Answer) => [visible({ ...answer, body, text: '' }), { ...body, request_id: '' }];
    expect(told(known)).toEqual(told(unknown));
  });

  test.each([
    ['missing', {}],
    ['null', { email: null }],
    ['an array', { email: [ANN] }],
    ['a number', { email: 1 }],
    ['an object', { email: { $ne: null } }],
    ['beside a member that nobody knows', { email: ANN, user_id: 'x' }],
  ])(`${name}: an address that is %s, 400 and no mail`, async (_, body) => {
    const service = await startWithAnn();
    const before = await readTables(service);
    expect(await service.api.post(path, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await readTables(service)).toEqual(before);
  });

  test(`${name}: the request itself, sends nothing and makes no code`, async () => {
    const service = await startWithPeople();
    const { api, letters, newLetters } = service;
    const before = await readTables(service);
    await api.post(path, { email: ANN });
    expect(letters).toEqual([]);
    const { outbox_mails: mails, ...others } = await readTables(service);
    expect(mails).toHaveLength((before.outbox_mails?.length ?? 0) + 1);
    expect({ ...others, outbox_mails: [] }).toEqual({ ...before, outbox_mails: [] });
    expect((await newLetters()).map(({ to }) => to)).toEqual([ANN]);
  });

  test(`${name}: an unknown or a disabled address, gets no mail and makes no code`, async () => {
    const service = await startWithPeople();
    const { one_time_codes: before } = await readTables(service);
    for (const email of [BOB, 'disabled@example.com']) await service.api.post(path, { email });
    expect(await service.newLetters()).toEqual([]);
    expect((await readTables(service)).one_time_codes).toEqual(before);
  });

  test.each([
    ['in another case', ANN, 'ANN@Example.COM'],
    ['as an IDN', 'ann@xn--bcher-kva.example', 'ann@b\u00fccher.example'],
    ['in punycode', 'Ann@B\u00fccher.example', 'ann@xn--bcher-kva.example'],
    ['decomposed', 'am\u00e9lie@example.com', 'ame\u0301lie@example.com'],
    ['composed', 'ame\u0301lie@example.com', 'AM\u00c9LIE@example.com'],
    ['with a fullwidth domain', 'jo@example.com', 'jo@\uff45xample.com'],
  ])(`${name}: an address %s, reaches the one account as it was written there`, async (_, stored, asked) => {
    const { api, newLetters, waitAnHour } = await startWithAnn();
    if (stored !== ANN) await api.signUp({ email: stored });
    await newLetters();
    waitAnHour();
    expect((await api.post(path, { email: asked })).status).toBe(202);
    expect((await newLetters()).map(({ to }) => to)).toEqual([stored.normalize('NFC')]);
  });

  test(`${name}: one mail too many in an hour, is answered like the others and not sent`, async () => {
    const service = await startWithPeople();
    const { api, clock, newLetters } = service;
    const answers: Answer[] = [];
    const ask = async () => {
      answers.push(await api.post(path, { email: answers.length % 2 ? ANN.toUpperCase() : ANN }));
      return (await newLetters()).length;
    };
    for (let times = 0; times < limit; times += 1) expect(await ask()).toBe(1);
    const before = await readTables(service);
    expect(await ask()).toBe(0);
    expect(await readTables(service)).toEqual(before);
    expect(new Set(answers.map((answer) => JSON.stringify(visible(answer)))).size).toBe(1);
    clock.advance({ minutes: 59, seconds: 59 });
    expect(await ask()).toBe(0);
    clock.advance({ seconds: 1 });
    expect(await ask()).toBe(1);
  });

  test(`${name}: an address that has had its mails, does not keep others from theirs`, async () => {
    const { api, newLetters, waitAnHour } = await startWithAnn();
    await api.signUp({ email: BOB });
    await newLetters();
    waitAnHour();
    for (let times = 0; times <= limit; times += 1) {
      await api.post(path, { email: ANN });
      await newLetters();
    }
    await api.post(path, { email: BOB });
    expect((await newLetters()).map(({ to }) => to)).toEqual([BOB]);
  });

  test(`${name}: two hundred requests before the sender comes, one mail`, async () => {
    const { api, newLetters, waitAnHour } = await startWithAnn();
    waitAnHour();
    for (let times = 0; times < 2; times += 1) {
      const hundred = Array.from({ length: 100 }, () => api.post(path, { email: ANN }));
      expect(new Set((await Promise.all(hundred)).map(({ status }) => status))).toEqual(new Set([202]));
    }
    expect(await newLetters()).toHaveLength(1);
  });
});

test('verification: a proved address, gets no mail', async () => {
  const { askVerification, code, newLetters, verify, waitAnHour } = await startWithAnn();
  await verify(code);
  waitAnHour();
  expect((await askVerification()).status).toBe(202);
  expect(await newLetters()).toEqual([]);
});

test('reset: notices about the account, leave room for the mail that gets it back', async () => {
  const service = await startWithAnn();
  const { api, askReset, changeEmail, newLetters, waitAnHour, markVerified } = service;
  await markVerified();
  waitAnHour();
  const tokens = await api.signIn(ANN);
  for (const email of ['one@else.example', 'two@else.example', 'three@else.example']) {
    await changeEmail(tokens, email);
    expect((await newLetters()).filter(({ to }) => to === ANN)).toHaveLength(1);
  }
  await askReset();
  expect((await newLetters()).map(({ to, subject }) => [to, subject])).toEqual([
    [ANN, expect.stringContaining('Choose a new password')],
  ]);
});
