import { expect, test } from 'vitest';
import { bearer, PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { outboxRows, refusal, statesOf } from './mails.ts';

const ANN = 'ann@example.com';
const NOBODY = 'nobody@example.com';

const askForReset = async ({ api }: RunningService, email: string) => {
  const { status, text } = await api.post('/password-reset', { email });
  return [status, text];
};

/** Asks, and has it sent, so that the next one of the family does not find it waiting. */
async function askAndDeliver(service: RunningService, email: string, times: number) {
  const answers = [];
  for (let time = 0; time < times; time += 1) {
    answers.push(await askForReset(service, email));
    await service.deliverMails();
  }
  return answers;
}

test('outbox: the seventh request of an hour is answered like the others, and writes no mail', async () => {
  const service = await startService();
  const answers = await askAndDeliver(service, NOBODY, 7);
  expect(answers).toEqual(Array(7).fill([202, '']));
  expect(await statesOf(service)).toEqual(Array(6).fill('sent'));
  service.clock.advance({ minutes: 59, seconds: 59 });
  expect(await askForReset(service, NOBODY)).toEqual([202, '']);
  expect(await outboxRows(service)).toHaveLength(6);
  service.clock.advance({ seconds: 1 });
  expect(await askForReset(service, NOBODY)).toEqual([202, '']);
  expect(await outboxRows(service)).toHaveLength(7);
});

test('outbox: the mail of a sign-up is the first of three verifications', async () => {
  const service = await startService();
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  for (let times = 0; times < 3; times += 1) {
    expect(await service.api.post('/email-verification', { email: ANN })).toMatchObject({ status: 202, text: '' });
    await service.deliverMails();
  }
  expect(service.letters.map(({ to }) => to)).toEqual([ANN, ANN, ANN]);
});

test('outbox: each kind of mail has a budget of its own', async () => {
  const service = await startService();
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  await askAndDeliver(service, ANN, 7);
  expect(service.letters).toHaveLength(1 + 6);
});

test('outbox: spellings of one address share a budget, and another address has its own', async () => {
  const service = await startService();
  for (const email of [NOBODY, NOBODY.toUpperCase(), 'nobody@EXAMPLE.com', 'Nobody@example.com']) {
    await askAndDeliver(service, email, 2);
  }
  expect(await outboxRows(service)).toHaveLength(6);
  await askForReset(service, ANN);
  expect(await outboxRows(service)).toHaveLength(7);
});

test('outbox: of one family one waits, of two families two, and a sent one makes room', async () => {
  const service = await startService();
  const { api } = service;
  await api.signUp({ email: ANN });
  expect(await api.post('/email-verification', { email: ANN })).toMatchObject({ status: 202, text: '' });
  expect(await outboxRows(service)).toMatchObject([{ kind: 'email_verification' }]);
  for (let time = 0; time < 3; time += 1) expect(await askForReset(service, ANN)).toEqual([202, '']);
  const kinds = (await outboxRows(service)).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['email_verification', 'password_reset']);
  await service.deliverMails();
  await askForReset(service, ANN);
  expect((await statesOf(service)).sort()).toEqual(['sent', 'sent', 'waiting']);
});

test('outbox: requests that come at once leave one waiting mail', async () => {
  const service = await startService();
  const answers = await Promise.all(Array.from({ length: 8 }, () => askForReset(service, NOBODY)));
  expect(answers).toEqual(Array(8).fill([202, '']));
  expect(await statesOf(service)).toEqual(['waiting']);
});

test('outbox: a mail that is given up makes room for the next of its family', async () => {
  const refuse = () => Promise.reject(refusal('EENVELOPE', 550));
  const service = await startService({ mailer: refuse });
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  await service.api.post('/email-verification', { email: ANN });
  expect((await statesOf(service)).sort()).toEqual(['dead', 'waiting']);
});

test('outbox: of a mail that failed and waits, no second one is written', async () => {
  const service = await startService({ mailer: () => Promise.reject(new Error('not now')) });
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  await service.api.post('/email-verification', { email: ANN });
  expect(await outboxRows(service)).toMatchObject([{ attempts: 1 }]);
});

/** As whoever knows a password can: every change is a notice to its owner. */
async function changePasswordOften({ api }: RunningService, token: string, times: number) {
  for (let time = 0; time < times; time += 1) {
    const passwords = { current_password: PASSWORD + (time || ''), new_password: PASSWORD + (time + 1) };
    const init = { body: JSON.stringify(passwords), headers: { 'Content-Type': 'application/json', ...bearer(token) } };
    expect(await api.send('PUT', '/me/password', init)).toMatchObject({ status: 200 });
  }
}

test('outbox: what is told about an account leaves its owner the mails to ask for', async () => {
  const service = await startService();
  await service.api.signUp({ email: ANN });
  service.clock.advance({ hours: 2 });
  const { access_token } = await service.api.signIn(ANN);
  await changePasswordOften(service, access_token, 3); // by a thief, say
  await service.deliverMails();
  service.letters.length = 0;
  await askAndDeliver(service, ANN, 1);
  expect(codeIn(service.letters[0])).not.toBe('');
});
