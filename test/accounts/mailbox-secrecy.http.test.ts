// A code is in one letter and nowhere else; a password is nowhere.
import { expect, test } from 'vitest';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { type Options, startService } from '../harness/service.ts';
import { ANN, NEW_ADDRESS, NEW_PASSWORD, openMailbox } from './mailbox.ts';

const REFUSED_PASSWORDS = ['short77', 'line\nbreak horse', 'password123', 'battery '.repeat(130)];
const WRONG_PASSWORD = 'wrong horse battery';

async function startListening(options: Options = {}) {
  const lines: string[] = [];
  const service = await startService({ ...options, onLog: (line) => void lines.push(line) });
  return { ...service, ...openMailbox(service), lines };
}

function expectNowhere(
  secrets: readonly string[],
  { lines }: { lines: readonly string[] },
  answers: readonly Answer[],
) {
  const seen = [...lines, ...answers.map(({ text, headers }) => text + JSON.stringify([...headers]))];
  for (const secret of secrets) {
    for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
      expect(seen.filter((one) => one.includes(spelling))).toEqual([]);
    }
  }
}

test('codes: everything done with them, right and wrong, none is in an answer or in the log, nor is a password', async () => {
  const service = await startListening();
  const { api, askReset, askVerification, changeEmail, changePassword, codeTo, newLetters, reset, verify } = service;
  const { tokens } = await api.signUp({ email: ANN });
  const verification = await codeTo(ANN);
  const answers = [await askReset(), await askVerification(), await changeEmail(tokens)];
  const letters = await newLetters();
  const codes = [verification, ...letters.filter(({ text }) => text.includes('code=')).map(codeIn)];
  expect(codes).toHaveLength(4);
  const [, resetting = '', verifying = '', changing = ''] = codes;
  for (const code of codes) answers.push(await reset(`${code}x`), await verify(`x${code}`), await reset([code]));
  answers.push(await reset(verifying), await verify(resetting), await changeEmail(tokens, NEW_ADDRESS, WRONG_PASSWORD));
  for (const password of REFUSED_PASSWORDS) answers.push(await reset(resetting, password));
  answers.push(await api.post('/password-reset/confirm', { code: resetting, password: NEW_PASSWORD, more: resetting }));
  answers.push(await verify(verifying), await verify(verifying), await verify(changing), await changePassword(tokens));
  expect(answers.every(({ status }) => status < 500)).toBe(true);
  expect(service.lines.filter((line) => line.includes('"request"')).length).toBeGreaterThanOrEqual(answers.length);
  expectNowhere([...codes, PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, ...REFUSED_PASSWORDS], service, answers);
});

test('codes: the database fails in the middle, none is in the answer or in the log, nor is a password', async () => {
  const service = await startListening();
  const { api, database, codeTo, resetCode, reset, verify, newLetters } = service;
  await api.signUp({ email: ANN });
  const verification = await codeTo(ANN);
  const code = await resetCode();
  await database.em.execute('alter table audit_events rename to audit_events_elsewhere');
  const answers = [await reset(code), await verify(verification)];
  await database.em.execute('alter table audit_events_elsewhere rename to audit_events');
  expect(answers.map(({ status }) => status)).toEqual([500, 500]);
  expect(service.lines.filter((line) => line.includes('internal_error')).length).toBeGreaterThan(0);
  expectNowhere([verification, code, PASSWORD, NEW_PASSWORD], service, answers);
  // Nothing of it was done, and both are still good.
  expect(await newLetters()).toEqual([]);
  expect([(await verify(verification)).status, (await reset(code)).status]).toEqual([204, 204]);
});

test('codes: a mail server that quotes the letter in its refusal, none is in the log', async () => {
  const codes: string[] = [];
  const service = await startListening({
    mailer: async (letter) => {
      codes.push(codeIn(letter));
      throw Object.assign(new Error(`No: ${letter.text}`), {
        code: 'EMESSAGE',
        responseCode: 554,
        response: letter.html,
      });
    },
  });
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  expect(codes).toHaveLength(1);
  expect(service.lines.filter((line) => line.includes('mail given up'))).toHaveLength(1);
  expectNowhere([...codes, PASSWORD, ANN], service, []);
});
