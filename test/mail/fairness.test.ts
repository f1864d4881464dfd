// Whose mail is next: codes before notices, recipients in turns, and a slow conversation in nobody's way but its own.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { priorities } from '../../src/mail/outbox.ts';
import { OutboxMail } from '../../src/mail/outbox-mail.ts';
import type { Mailer } from '../../src/platform/mailer.ts';
import { newDurableDatabase, onPostgres, type RunningService, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { postNotices, statesOf } from './mails.ts';

const ANN = 'ann@example.com';
const SLOW = 'slow@example.com';

/**
 * A mail that is claimed first is not sent first: it may wait for a new connection to the database while other lanes send
 * theirs. Without turns it would come after all of the hundreds.
 */
const SOON = 50;

/** Hundreds of transactions. */
const slow = { timeout: 120_000 };

const people = (count: number) => Array.from({ length: count }, (_, index) => `user${index}@example.com`);

/** As many notices for one address as no limit would let through: they have piled up, whatever the reason. */
async function pileUp({ database, clock, config }: RunningService, email: string, count: number): Promise<void> {
  await postNotices({ database, clock, config }, [email]);
  const em = database.em.fork();
  const [first] = await em.find(OutboxMail, {}, { orderBy: { id: 'desc' }, limit: 1 });
  if (!first) throw new Error('There is no mail.');
  const copies = Array.from({ length: count - 1 }, () => ({ ...first, id: crypto.randomUUID(), dedupeKey: null }));
  for (let from = 0; from < copies.length; from += 100) await em.insertMany(OutboxMail, copies.slice(from, from + 100));
}

/** Letters leave one after the other, or not at all to those who are held. */
function createMailer() {
  const sent: string[] = [];
  const held = new Map<string, PromiseWithResolvers<void>>();
  const open = new Map<string, number>();
  let most = 0;
  const mailer: Mailer = async ({ to }) => {
    const now = (open.get(to) ?? 0) + 1;
    open.set(to, now);
    most = Math.max(most, now);
    await held.get(to)?.promise;
    await setImmediate();
    sent.push(to);
    open.set(to, (open.get(to) ?? 0) - 1);
  };
  return { mailer, sent, mostToOne: () => most, hold: (to: string) => held.set(to, Promise.withResolvers()), held };
}

/** Two instances where there can be two. */
async function startInstances(mailer: Mailer) {
  const shared = { databaseUrl: await newDurableDatabase(), env: { ISSUER: 'http://localhost:3000' }, mailer };
  const one = await startService(shared);
  return onPostgres ? [one, await startService({ ...shared, clock: one.clock })] : [one];
}

const deliverAll = (instances: readonly RunningService[]) => Promise.all(instances.map((one) => one.deliverMails()));

describe('mail: a code', () => {
  test('leaves before two hundred notices that are older', slow, async () => {
    const { mailer, sent } = createMailer();
    const service = await startService({ mailer });
    await service.api.signUp({ email: ANN });
    await service.deliverMails();
    service.clock.advance({ hours: 1 });
    await postNotices(service, people(200));
    service.clock.advance({ minutes: 1 });
    await service.api.post('/password-reset', { email: ANN });
    sent.length = 0;
    await service.deliverMails();
    expect(sent).toHaveLength(201);
    expect(sent.indexOf(ANN)).toBeLessThan(SOON);
  });
});

describe('mail: recipients', () => {
  test('with three hundred mails for one of them, the mail of another is not delayed', slow, async () => {
    const { mailer, sent, mostToOne } = createMailer();
    const instances = await startInstances(mailer);
    const [service] = instances;
    if (!service) throw new Error('There is no instance.');
    await pileUp(service, SLOW, 300);
    service.clock.advance({ minutes: 1 });
    await postNotices(service, [ANN]);
    await deliverAll(instances);
    expect(sent).toHaveLength(301);
    expect(sent.indexOf(ANN)).toBeLessThan(SOON);
    expect(mostToOne()).toBeLessThanOrEqual(instances.length);
    expect(new Set(await statesOf(service))).toEqual(new Set(['sent']));
  });

  test('take turns, also when many of them have more than one', slow, async () => {
    const { mailer, sent } = createMailer();
    const service = await startService({ mailer });
    for (const email of people(12)) await pileUp(service, email, 20);
    service.clock.advance({ minutes: 1 });
    await postNotices(service, [ANN]);
    await service.deliverMails();
    expect(sent).toHaveLength(12 * 20 + 1);
    expect(sent.indexOf(ANN)).toBeLessThan(2 * 12);
  });

  test('have one conversation at a time', async () => {
    const { mailer, sent, mostToOne } = createMailer();
    const service = await startService({ mailer });
    await pileUp(service, ANN, 10);
    await Promise.all([service.deliverMails(), service.deliverMails(), service.deliverMails()]);
    expect(sent).toHaveLength(10);
    expect(mostToOne()).toBe(1);
  });
});

describe('mail: a slow conversation', () => {
  test('does not hold up others, nor what comes later', async () => {
    const { mailer, sent, hold, held } = createMailer();
    const instances = await startInstances(mailer);
    const [service] = instances;
    if (!service) throw new Error('There is no instance.');
    hold(SLOW);
    await pileUp(service, SLOW, 3);
    await postNotices(service, people(20));
    const slow = deliverAll(instances);
    await vi.waitFor(() => expect(sent.toSorted()).toEqual(people(20).toSorted()), { timeout: 10_000 });
    await postNotices(service, [ANN]);
    await service.deliverMails();
    expect(sent).toContain(ANN);
    expect(sent).not.toContain(SLOW);
    held.get(SLOW)?.resolve();
    await slow;
    await service.deliverMails();
    expect(sent.filter((to) => to === SLOW)).toHaveLength(3);
  });

  test('is no reason for the background to look at nothing else', async () => {
    const { mailer, sent, hold, held } = createMailer();
    const service = await startService({ mailer });
    hold(SLOW);
    await postNotices(service, [SLOW]);
    service.background.start();
    onTestFinished(() => service.background.stop());
    onTestFinished(() => held.get(SLOW)?.resolve());
    await vi.waitFor(async () => expect(await attemptsOf(service)).toEqual([1]), { timeout: 10_000, interval: 50 });
    await postNotices(service, [ANN]);
    await vi.waitFor(() => expect(sent).toEqual([ANN]), { timeout: 10_000, interval: 50 });
    held.get(SLOW)?.resolve();
    await vi.waitFor(() => expect(sent).toEqual([ANN, SLOW]), { timeout: 10_000, interval: 50 });
  });
});

async function attemptsOf({ database }: RunningService) {
  return (await database.em.fork().find(OutboxMail, {})).map(({ attempts }) => attempts);
}

test('mail: a claim reads the index of what waits, and nothing of what was sent', async () => {
  const service = await startService();
  await postNotices(service, people(3));
  const statements = await recordStatements(service);
  await service.deliverMails();
  const claim = statements.find((sql) => /^select \* from "outbox_mails" where/.test(sql));
  if (!claim) throw new Error(`No claim in: ${statements.join('\n')}`);
  const em = service.database.em.fork();
  const filled = claim.replace(/\$1|\?/, String(priorities.notice)).replace(/\$2|\?/, onPostgres ? 'now()' : '0');
  const explain = onPostgres ? 'explain' : 'explain query plan';
  if (onPostgres) await em.execute('set enable_seqscan = off');
  const plan = JSON.stringify(await em.execute(`${explain} ${filled.replace(/limit (\$3|\?)/, 'limit 1')}`));
  expect(plan).toContain('outbox_mails_waiting_index');
  expect(plan).not.toMatch(/sort|temp b-tree/i);
});
