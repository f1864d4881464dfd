// test/mail/mails.ts: mails put into the outbox by hand, and the outbox as whoever steals the database reads it.
import { z } from 'zod';
import { noticeOf } from '../../src/accounts/mails.ts';
import { createOutbox } from '../../src/mail/outbox.ts';
import { createSecretRing } from '../../src/platform/secrets.ts';
import type { RunningService } from '../harness/service.ts';

type World = Pick<RunningService, 'database' | 'clock' | 'config'>;

/** One notice for each address, which needs nobody to have an account. */
export async function postNotices({ database, clock, config }: World, addresses: readonly string[]) {
  const outbox = createOutbox({ em: database.em, now: clock.now, secrets: createSecretRing(config.secrets) });
  await database.em.transactional(async (tx) => {
    for (const email of addresses) {
      const content = { email, userId: '' };
      await outbox.request(tx, { ...noticeOf('account_deleted'), kind: 'account_deleted', recipient: email, content });
    }
  });
}

const Row = z.looseObject({
  id: z.string(),
  kind: z.string(),
  sealed_content: z.string().nullable(),
  attempts: z.number(),
  next_attempt_at: z.unknown(),
  sent_at: z.unknown(),
  dead_at: z.unknown(),
  last_error: z.string().nullable(),
});

/** The outbox as it lies in the database, oldest first. */
export async function outboxRows({ database }: Pick<RunningService, 'database'>) {
  return z.array(Row).parse(await database.em.execute('select * from outbox_mails order by created_at, id'));
}

/** `waiting` may be on its way. */
export function stateOf({ sent_at, dead_at, next_attempt_at }: z.output<typeof Row>) {
  if (sent_at !== null) return 'sent';
  if (dead_at !== null) return 'dead';
  return next_attempt_at === null ? 'lost' : 'waiting';
}

export async function statesOf(service: Pick<RunningService, 'database'>) {
  return (await outboxRows(service)).map(stateOf);
}

/** As nodemailer reports what a server refused. */
export function refusal(code: string, responseCode: number, message = 'Refused.'): Error {
  return Object.assign(new Error(message), { code, responseCode, response: `${responseCode} ${message}` });
}

const Line = z.looseObject({ level: z.number(), msg: z.string().optional() });

/** The lines of a log that say something about mails, by their level. */
export function mailLines(log: readonly string[]) {
  const lines = log.map((line) => Line.parse(JSON.parse(line)));
  return lines.filter(({ msg }) => msg?.startsWith('mail '));
}

export const WARN = 40;
export const ERROR = 50;
