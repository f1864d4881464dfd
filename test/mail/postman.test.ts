import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Letter, Mailer } from '../../src/platform/mailer.ts';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';
import { outboxRows, postNotices, refusal, statesOf } from './mails.ts';

const ANN = 'ann@example.com';

const people = (count: number) => Array.from({ length: count }, (_, index) => `user${index}@example.com`);

/** The first letter is never finished with, unless `settle` is called; all later ones go where they should. */
function createStuckMailer() {
  const started: Letter[] = [];
  const first = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let next: Mailer = async () => {};
  const mailer: Mailer = (letter, signal) => {
    started.push(letter);
    if (started.length > 1) return next(letter, signal);
    reached.resolve();
    return first.promise;
  };
  const answerNext = (answer: Mailer) => {
    next = answer;
  };
  return { mailer, started, first, reached: reached.promise, answerNext };
}

test('mail: two senders at once send each of thirty mails exactly once', async () => {
  const sent: Letter[] = [];
  const mailer: Mailer = async (letter) => {
    await setImmediate();
    sent.push(letter);
  };
  const databaseUrl = onPostgres ? await newDurableDatabase() : 'sqlite::memory:';
  const one = await startService({ databaseUrl, mailer });
  const other = onPostgres ? await startService({ databaseUrl, mailer, clock: one.clock }) : one;
  const addresses = people(30);
  await postNotices(one, addresses);
  await Promise.all([one.deliverMails(), other.deliverMails(), one.deliverMails(), other.deliverMails()]);
  expect(sent.map(({ to }) => to).sort()).toEqual(addresses.toSorted());
  expect(new Set(sent.map(({ id }) => id)).size).toBe(30);
  expect(await statesOf(one)).toEqual(Array(30).fill('sent'));
});

test('mail: one round sends everything that is due, however many batches that takes', async () => {
  const service = await startService();
  await postNotices(service, people(12));
  await service.deliverMails();
  expect(service.letters.map(({ to }) => to).sort()).toEqual(people(12).sort());
});

test('mail: what is sent is not sent again, however late it gets', async () => {
  const service = await startService();
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  service.clock.advance({ days: 400 });
  await service.deliverMails();
  expect(service.letters).toHaveLength(1);
});

test('mail: a sender that died with a mail in hand is followed by another after two minutes, not before', async () => {
  const { mailer, started, reached } = createStuckMailer();
  const service = await startService({ mailer });
  await postNotices(service, [ANN]);
  void service.deliverMails(); // for ever
  await reached;
  for (const { step, attempts } of [
    { step: { seconds: 0 }, attempts: 1 },
    { step: { minutes: 1, seconds: 59 }, attempts: 1 },
    { step: { seconds: 1 }, attempts: 2 },
    { step: { days: 1 }, attempts: 2 },
  ]) {
    service.clock.advance(step);
    await service.deliverMails();
    expect(started).toHaveLength(attempts);
  }
  expect(started.map(({ to }) => to)).toEqual([ANN, ANN]);
  expect(new Set(started.map(({ id }) => id)).size).toBe(1); // a mailbox can tell that it is the same one
  expect(await statesOf(service)).toEqual(['sent']);
});

test('mail: a sender that fails after another has sent the mail does not have it sent again', async () => {
  const { mailer, started, first, reached } = createStuckMailer();
  const service = await startService({ mailer });
  await postNotices(service, [ANN]);
  const slow = service.deliverMails();
  await reached;
  service.clock.advance({ minutes: 2 });
  await service.deliverMails();
  const sent = await outboxRows(service);
  first.reject(new Error('too late'));
  await slow;
  expect(await outboxRows(service)).toEqual(sent);
  service.clock.advance({ days: 400 });
  await service.deliverMails();
  expect(started).toHaveLength(2);
});

test('mail: a sender that succeeds after another has failed leaves the mail to that one', async () => {
  const { mailer, started, first, reached, answerNext } = createStuckMailer();
  const service = await startService({ mailer });
  answerNext(() => Promise.reject(refusal('EENVELOPE', 450)));
  await postNotices(service, [ANN]);
  const slow = service.deliverMails();
  await reached;
  service.clock.advance({ minutes: 2 });
  await service.deliverMails();
  first.resolve();
  await slow;
  expect(await outboxRows(service)).toMatchObject([{ attempts: 2, sent_at: null, last_error: 'EENVELOPE 450' }]);
  answerNext(async () => {});
  service.clock.advance({ seconds: 30 });
  await service.deliverMails();
  expect(started).toHaveLength(3);
  expect(await statesOf(service)).toEqual(['sent']);
});

test('mail: a conversation has a deadline well within the lease', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  onTestFinished(() => timeout.mockRestore());
  const signals: AbortSignal[] = [];
  const service = await startService({ mailer: async (_, signal) => void signals.push(signal) });
  await postNotices(service, [ANN]);
  await service.deliverMails();
  expect(timeout.mock.calls).toEqual([[45_000]]);
  expect(signals).toEqual([timeout.mock.results[0]?.value]);
});

test('mail: a code is made when its letter goes out, and the one of a letter before it is void', async () => {
  const written: string[] = [];
  const mailer: Mailer = async (letter) => {
    written.push(codeIn(letter));
    if (written.length === 1) throw refusal('EENVELOPE', 450);
  };
  const { api, clock, deliverMails } = await startService({ mailer });
  await api.signUp({ email: ANN });
  await deliverMails();
  clock.advance({ seconds: 10 });
  await deliverMails();
  const [before = '', now = ''] = written;
  expect(now).not.toBe(before);
  expect(await api.post('/email-verification/confirm', { code: before })).toMatchObject({ status: 400 });
  clock.advance({ hours: 23, minutes: 59 });
  expect(await api.post('/email-verification/confirm', { code: now, password: PASSWORD })).toMatchObject({
    status: 204,
  });
});

test('mail: what nobody should get any more is settled without a letter', async () => {
  const service = await startService();
  const { api, deliverMails, letters, clock } = service;
  await api.signUp({ email: ANN });
  await deliverMails();
  await api.post('/email-verification', { email: ANN });
  await api.post('/email-verification', { email: 'nobody@example.com' });
  const verification = { code: codeIn(letters[0]), password: PASSWORD };
  expect(await api.post('/email-verification/confirm', verification)).toMatchObject({ status: 204 });
  clock.advance({ hours: 1 });
  await deliverMails();
  expect(letters).toHaveLength(1);
  expect(await statesOf(service)).toEqual(['sent', 'sent', 'sent']);
});
