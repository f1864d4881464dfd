import { expect, test } from 'vitest';
import type { Letter, Mailer } from '../../src/platform/mailer.ts';
import { codeIn } from '../harness/letters.ts';
import { newDurableDatabase, type Options, startService } from '../harness/service.ts';
import { ERROR, mailLines, outboxRows, postNotices, refusal, statesOf, WARN } from './mails.ts';

const ANN = 'ann@example.com';

/** In seconds, before the second attempt and each one after it. */
const PAUSES = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800];

async function startLogging(options: Options) {
  const log: string[] = [];
  const service = await startService({ ...options, onLog: (line) => log.push(line) });
  return { ...service, log };
}

/** A mailer that fails with what `fail` makes, until it is told to work. */
function createFailingMailer(fail: (letter: Letter) => unknown) {
  const tried: Letter[] = [];
  const mailer: Mailer = async (letter) => {
    tried.push(letter);
    throw fail(letter);
  };
  return { mailer, tried };
}

test('mail: a mail that fails is tried after each pause of the table, then given up with an error, and never again', async () => {
  const { mailer, tried } = createFailingMailer(() => refusal('ECONNECTION', 421));
  const service = await startLogging({ mailer });
  const { deliverMails, clock, log } = service;
  await postNotices(service, [ANN]);
  await deliverMails();
  for (const [index, seconds] of PAUSES.entries()) {
    clock.advance({ seconds: seconds - 1 });
    await deliverMails();
    expect(tried, `${seconds} s are not over`).toHaveLength(index + 1);
    expect(await statesOf(service)).toEqual(['waiting']);
    clock.advance({ seconds: 1 });
    await deliverMails();
    expect(tried, `${seconds} s are over`).toHaveLength(index + 2);
  }
  expect(await outboxRows(service)).toMatchObject([{ attempts: 12, next_attempt_at: null }]);
  expect(await statesOf(service)).toEqual(['dead']);
  const levels = mailLines(log).map(({ level }) => level);
  expect(levels).toEqual([...PAUSES.map(() => WARN), ERROR]);
  expect(mailLines(log).at(-1)).toMatchObject({ msg: 'mail given up', attempts: 12, failure: 'ECONNECTION 421' });

  clock.advance({ days: 400 });
  await deliverMails();
  expect(tried).toHaveLength(12);
  expect(mailLines(log)).toHaveLength(12);
});

test.each([
  ['a recipient', refusal('EENVELOPE', 550)],
  ['a message', refusal('EMESSAGE', 554)],
])('mail: %s refused for good is given up at once, with an error', async (_, error) => {
  const { mailer, tried } = createFailingMailer(() => error);
  const { log, ...service } = await startLogging({ mailer });
  await postNotices(service, [ANN]);
  await service.deliverMails();
  expect(await statesOf(service)).toEqual(['dead']);
  expect(mailLines(log)).toMatchObject([{ level: ERROR, msg: 'mail given up', attempts: 1 }]);
  service.clock.advance({ days: 1 });
  await service.deliverMails();
  expect(tried).toHaveLength(1);
});

test.each([
  ['our login is refused', refusal('EAUTH', 535)],
  ['the greeting is a refusal', refusal('EPROTOCOL', 554)],
  ['the recipient is refused for now', refusal('EENVELOPE', 450)],
  ['the message is refused for now', refusal('EMESSAGE', 451)],
  ['the server is not there', refusal('ESOCKET', 0)],
  ['time is up', new DOMException('The operation was aborted due to timeout', 'TimeoutError')],
  ['something without a name is thrown', undefined],
])('mail: when %s, it is tried again, and arrives', async (_, error) => {
  const tried: Letter[] = [];
  const mailer: Mailer = async (letter) => {
    tried.push(letter);
    if (tried.length === 1) throw error;
  };
  const { log, ...service } = await startLogging({ mailer });
  await postNotices(service, [ANN]);
  await service.deliverMails();
  expect(mailLines(log)).toMatchObject([{ level: WARN, msg: 'mail postponed' }]);
  service.clock.advance({ seconds: 10 });
  await service.deliverMails();
  expect(tried.map(({ to }) => to)).toEqual([ANN, ANN]);
  expect(await outboxRows(service)).toMatchObject([{ attempts: 2, last_error: null }]);
  expect(await statesOf(service)).toEqual(['sent']);
});

test('mail: broken ones do not keep the others of their batch back, nor what comes after it', async () => {
  const addresses = Array.from({ length: 12 }, (_, index) => `user${index}@example.com`);
  const { log, ...service } = await startLogging({});
  await postNotices(service, addresses);
  const { em } = service.database;
  const [altered, unknown, emptied] = await outboxRows(service);
  const change = (column: string, id: string | undefined) =>
    em.execute(`update outbox_mails set ${column} = 'broken' where id = ?`, [id]);
  await change('sealed_content', altered?.id);
  await change('kind', unknown?.id);
  await em.execute('update outbox_mails set sealed_content = null where id = ?', [emptied?.id]);
  await service.deliverMails();
  const arrived = service.letters.map(({ to }) => to);
  expect(arrived).toHaveLength(9);
  expect(new Set(arrived).size).toBe(9);
  expect((await statesOf(service)).filter((state) => state === 'waiting')).toHaveLength(3);
  expect(mailLines(log)).toHaveLength(3);
});

test('mail: one recipient who is refused does not keep the others back', async () => {
  const arrived: string[] = [];
  const mailer: Mailer = async ({ to }) => {
    if (to === ANN) throw refusal('EENVELOPE', 550);
    arrived.push(to);
  };
  const service = await startService({ mailer });
  await postNotices(service, ['ben@example.com', ANN, 'cleo@example.com']);
  await service.deliverMails();
  expect(arrived.sort()).toEqual(['ben@example.com', 'cleo@example.com']);
  expect((await statesOf(service)).sort()).toEqual(['dead', 'sent', 'sent']);
});

const quote = ({ to, text }: Letter) => `550 5.1.1 <${to}>: no such user; message was: ${text}`;

test.each<[string, (letter: Letter) => unknown]>([
  [
    'a refusal for good',
    (letter) => Object.assign(refusal('EENVELOPE', 550, quote(letter)), { rejected: [letter.to] }),
  ],
  ['a refusal for now', (letter) => refusal('EMESSAGE', 451, quote(letter))],
  ['an error without a code', (letter) => new Error(quote(letter), { cause: new Error(quote(letter)) })],
  ['several errors at once', (letter) => new AggregateError([new Error(quote(letter))], quote(letter))],
  ['a string', quote],
  ['an object', (letter) => ({ ...letter, message: quote(letter) })],
])('mail: %s that quotes the letter leaves no address, code or link in the log or the outbox', async (_, fail) => {
  const { mailer, tried } = createFailingMailer(fail);
  const service = await startLogging({ mailer });
  const { log, clock, deliverMails } = service;
  await service.api.signUp({ email: ANN });
  for (const seconds of [0, ...PAUSES]) {
    clock.advance({ seconds });
    await deliverMails();
  }
  expect(tried.length).toBeGreaterThan(0);
  expect(mailLines(log)).toHaveLength(tried.length);
  const told = log.join('') + JSON.stringify(await outboxRows(service));
  for (const letter of tried) expect(told).not.toContain(codeIn(letter));
  expect(told).not.toMatch(/ann@|example\.com|no such user|code=|https?:\/\/[^"]*verify/);
});

test('mail: one whose secret has left the ring is tried through the whole table, then given up', async () => {
  const [old, fresh] = ['an older secret that only the tests may know', 'a newer secret that only the tests may know'];
  const databaseUrl = await newDurableDatabase();
  const keys = await startService({ databaseUrl, env: { SECRETS: old } }); // which seals the keys of the service
  await keys.stop();
  const before = await startService({ databaseUrl, env: { SECRETS: `${fresh},${old}` } });
  await before.api.signUp({ email: ANN });
  await before.stop();
  const { log, clock, ...after } = await startLogging({ databaseUrl, clock: before.clock, env: { SECRETS: old } });
  for (const seconds of [0, ...PAUSES]) {
    expect(await statesOf(after)).toEqual(['waiting']);
    clock.advance({ seconds });
    await after.deliverMails();
  }
  expect(await statesOf(after)).toEqual(['dead']);
  expect(mailLines(log).map(({ level }) => level)).toEqual([...PAUSES.map(() => WARN), ERROR]);
  expect(after.letters).toEqual([]);
});
