// How a code stops being good: by time, by a newer one, by use.
import { describe, expect, test } from 'vitest';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { ANN, codeInvalid, openMailbox, readTables, startWithAnn, startWithCodes } from './mailbox.ts';

const lives = [
  ['reset', 30 * 60],
  ['verification', 24 * 3600],
  ['change', 24 * 3600],
] as const;

describe.each(lives)('%s', (purpose, seconds) => {
  const name = purpose === 'change' ? 'e-mail change' : purpose;

  test(`${name}: a second before its time is over, the code is good`, async () => {
    const { clock, codes, reset, verify } = await startWithCodes();
    clock.advance({ seconds: seconds - 1 });
    const use = purpose === 'reset' ? reset : verify;
    expect((await use(codes[purpose])).status).toBe(204);
  });

  test(`${name}: at the second when its time is over, the code is invalid`, async () => {
    const service = await startWithCodes();
    const { clock, codes, reset, verify } = service;
    const before = await readTables(service);
    clock.advance({ seconds });
    const use = purpose === 'reset' ? reset : verify;
    expect(await use(codes[purpose])).toMatchObject(codeInvalid);
    expect(await readTables(service)).toEqual(before);
  });
});

describe('codes: the time begins with the letter', () => {
  test.each(lives)('%s', async (purpose, seconds) => {
    const { api, clock, newLetters, askReset, askVerification, changeEmail, reset, verify } = await startWithAnn();
    const tokens = await api.signIn(ANN);
    const ask = { reset: askReset, verification: askVerification, change: () => changeEmail(tokens) }[purpose];
    await ask();
    clock.advance({ days: 2 });
    const code = codeIn((await newLetters()).find(({ text }) => text.includes('code=')));
    clock.advance({ seconds: seconds - 1 });
    expect((await (purpose === 'reset' ? reset : verify)(code)).status).toBe(204);
  });
});

describe('codes: a newer one', () => {
  test('verification: asked for again, only the code of the newer letter is good', async () => {
    const { askVerification, codeTo, code: older, verify } = await startWithAnn();
    await askVerification();
    const newer = await codeTo(ANN);
    expect(await verify(older)).toMatchObject(codeInvalid);
    expect((await verify(newer)).status).toBe(204);
  });

  test('reset: of somebody else, leaves a code as it is', async () => {
    const { api, resetCode, newLetters, reset } = await startWithAnn();
    const code = await resetCode();
    await api.signUp({ email: 'bob@example.com' });
    await newLetters();
    await resetCode('bob@example.com');
    expect((await reset(code)).status).toBe(204);
  });

  test('reset: a letter that is written twice, has the same code both times', async () => {
    const sent: string[] = [];
    const failing = async ({ text }: { text: string }) => {
      sent.push(text);
      if (sent.length === 2) throw Object.assign(new Error('Try again.'), { code: 'ECONNRESET' });
    };
    const service = await startService({ mailer: failing });
    const { askReset, reset } = openMailbox(service);
    await service.api.signUp({ email: ANN });
    await service.deliverMails();
    await askReset();
    await service.deliverMails();
    service.clock.advance({ minutes: 1 });
    await service.deliverMails();
    const [, first, second] = sent.map((text) => codeIn({ text }));
    expect(second).toBe(first);
    expect((await reset(second)).status).toBe(204);
  });
});

describe('codes: a used one', () => {
  test('reset: done, takes every other code of the user with it', async () => {
    const service = await startWithCodes();
    const { codes, reset, verify } = service;
    expect((await reset(codes.reset)).status).toBe(204);
    for (const code of [codes.verification, codes.change]) expect(await verify(code)).toMatchObject(codeInvalid);
    expect(await reset(codes.reset)).toMatchObject(codeInvalid);
    expect((await readTables(service)).one_time_codes).toEqual([expect.stringContaining('"reset_password"')]);
  });

  test('e-mail change: done, takes every other code of the user with it', async () => {
    const service = await startWithCodes();
    const { codes, reset, verify } = service;
    expect((await verify(codes.change)).status).toBe(204);
    expect(await verify(codes.verification)).toMatchObject(codeInvalid);
    expect(await reset(codes.reset)).toMatchObject(codeInvalid);
    expect((await readTables(service)).one_time_codes).toEqual([expect.stringContaining('"change_email"')]);
  });

  test('reset: done, leaves the codes of others', async () => {
    const { api, codes, reset, codeTo, verify } = await startWithCodes();
    await api.signUp({ email: 'bob@example.com' });
    const others = await codeTo('bob@example.com');
    await reset(codes.reset);
    expect((await verify(others)).status).toBe(204);
  });
});
