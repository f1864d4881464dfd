// A service that dies with mails in hand: each of them arrives all the same.
import { once } from 'node:events';
import PostalMime from 'postal-mime';
import { expect, test, vi } from 'vitest';
import { LANES } from '../../src/mail/postman.ts';
import { createApi } from '../harness/api.ts';
import { createClock } from '../harness/clock.ts';
import { type RunningProcess, startProcess } from '../harness/process.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { statesOf } from './mails.ts';
import { type Step, startScriptedServer, startSmtpServer } from './smtp-servers.ts';

const ANN = 'ann@example.com';
const BEN = 'ben@example.com';
const MAIL_FROM = 'no-reply@id.example';

/** Longer than a lease, which is two minutes, and shorter than one. */
const LEASE_OVER_SECONDS = 121;
const LEASE_RUNNING_SECONDS = 60;

const slow = { timeout: 60_000 };

/** In a process of its own, with a mail server that goes silent at that step. */
async function startBeforeSilence(step: Step) {
  const databaseUrl = await newDurableDatabase();
  const server = await startScriptedServer({ [step]: 'silence' });
  const env = { DATABASE_URL: databaseUrl, SMTP_URL: server.url, MAIL_FROM, PASSWORD_HASH_MEMORY: '1MiB' };
  const running = await startProcess(env);
  const untilConnections = (count: number) =>
    vi.waitFor(() => expect(server.connections()).toBe(count), { timeout: 20_000, interval: 20 });
  return { running, databaseUrl, untilSilent: () => server.untilReached(step), untilConnections };
}

async function signUp({ url }: RunningProcess, email: string): Promise<void> {
  await createApi(url, () => {}).signUp({ email }); // which throws unless it is 201
}

/** On the same database, so much later, with a mail server that works. */
async function restart(databaseUrl: string, secondsLater: number) {
  const { url, deliveries } = await startSmtpServer();
  const clock = createClock();
  clock.advance({ seconds: secondsLater });
  const service = await startService({ databaseUrl, clock, mailer: 'smtp', env: { SMTP_URL: url, MAIL_FROM } });
  return { ...service, deliveries, recipients: () => deliveries.flatMap(({ to }) => to) };
}

test('kill -9 with a mail in hand: it arrives once its lease is over, and once', slow, async () => {
  const { running, databaseUrl, untilSilent } = await startBeforeSilence('connect');
  await signUp(running, ANN);
  await untilSilent();
  await running.kill();

  const service = await restart(databaseUrl, LEASE_RUNNING_SECONDS);
  await service.deliverMails();
  expect(service.recipients()).toEqual([]);
  service.clock.advance({ seconds: LEASE_OVER_SECONDS - LEASE_RUNNING_SECONDS });
  await service.deliverMails();
  expect(service.recipients()).toEqual([ANN]);
  service.clock.advance({ days: 2 });
  await service.deliverMails();
  expect(service.recipients()).toEqual([ANN]);
  expect(await statesOf(service)).toEqual(['sent']);
});

test('kill -9 before a mail was looked at: it arrives at once, and once', slow, async () => {
  const { running, databaseUrl, untilConnections } = await startBeforeSilence('connect');
  const others = Array.from({ length: LANES }, (_, index) => `other${index}@example.com`);
  for (const email of others) await signUp(running, email);
  await untilConnections(LANES); // and as long as no lane is free, the sender looks at nothing else
  await signUp(running, BEN);
  await running.kill();

  const service = await restart(databaseUrl, 0);
  await service.deliverMails();
  expect(service.recipients()).toEqual([BEN]);
  service.clock.advance({ seconds: LEASE_OVER_SECONDS });
  await service.deliverMails();
  service.clock.advance({ days: 2 });
  await service.deliverMails();
  expect(service.recipients()[0]).toBe(BEN);
  expect(service.recipients().toSorted()).toEqual([BEN, ...others].toSorted());
});

test(
  'kill -9 between a letter and the word that it was taken: it comes again under the same Message-ID',
  slow,
  async () => {
    const messages: string[] = [];
    const taken = Promise.withResolvers<void>();
    const deaf = await startSmtpServer({
      onData: (stream, _) => {
        stream.on('data', (chunk: Buffer) => messages.push(chunk.toString()));
        stream.on('end', taken.resolve); // and never says so
      },
    });
    const databaseUrl = await newDurableDatabase();
    const env = { DATABASE_URL: databaseUrl, SMTP_URL: deaf.url, MAIL_FROM, PASSWORD_HASH_MEMORY: '1MiB' };
    const running = await startProcess(env);
    await signUp(running, ANN);
    await taken.promise;
    await running.kill();

    const service = await restart(databaseUrl, LEASE_OVER_SECONDS);
    await service.deliverMails();
    expect(service.recipients()).toEqual([ANN]);
    const [before, after] = await Promise.all(
      [messages.join(''), service.deliveries[0]?.message ?? ''].map((message) => PostalMime.parse(message)),
    );
    expect(before?.messageId).toMatch(/^<[0-9a-f-]{36}@localhost>$/);
    expect(after?.messageId).toBe(before?.messageId);
  },
);

test(
  'SIGTERM while a conversation hangs: the process ends in order and in time, and the mail arrives later',
  slow,
  async () => {
    const hangAt = async (step: Step) => {
      const { running, databaseUrl, untilSilent } = await startBeforeSilence(step);
      await signUp(running, ANN);
      await untilSilent();
      const exited = once(running.child, 'exit');
      const told = performance.now();
      running.child.kill('SIGTERM');
      expect(await exited, step).toEqual([0, null]);
      expect(performance.now() - told, step).toBeLessThan(12_000);

      const service = await restart(databaseUrl, LEASE_OVER_SECONDS);
      await service.deliverMails();
      service.clock.advance({ days: 2 });
      await service.deliverMails();
      expect(service.recipients(), step).toEqual([ANN]);
    };
    await Promise.all([hangAt('connect'), hangAt('message')]);
  },
);
