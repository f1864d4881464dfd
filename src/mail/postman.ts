// mail/postman.ts: empties the outbox.
import { setTimeout } from 'node:timers/promises';
import { OperatorError } from '../errors.ts';
import { errorCode } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logger.ts';
import { isRefusedForGood, type Letter, type Mailer } from '../platform/mailer.ts';
import type { Outbox } from './outbox.ts';
import type { OutboxMailRow } from './outbox-mail.ts';
import type { Turns } from './turns.ts';

/** Well within the lease of the outbox. */
const CONVERSATION_DEADLINE_MS = 45_000;
/** How many mails are under way at once. */
export const LANES = 5;
/** While a conversation is under way: how soon a mail that is new finds a free lane. */
const LOOK_AGAIN_MS = 1_000;

/** What is to be sent, as things stand now; null when there is nothing to say any more, or nobody to say it to. */
export type WriteLetter = (
  mail: Pick<OutboxMailRow, 'id' | 'kind' | 'createdAt'>,
  content: Readonly<Record<string, string>>,
) => Promise<Omit<Letter, 'id'> | null>;

interface Parts {
  readonly outbox: Outbox;
  readonly turns: Turns;
  readonly write: WriteLetter;
  readonly mailer: Mailer;
  readonly log: Logger;
}

export type Postman = ReturnType<typeof createPostman>;

export function createPostman({ outbox, turns, write, mailer, log }: Parts) {
  let freeLanes = LANES;

  /** Sends everything that is due in the lanes that are free. Fails only when the database does. */
  async function deliverDue(stopping?: AbortSignal): Promise<void> {
    const lanes: Promise<void>[] = [];
    try {
      while (freeLanes > 0) {
        const mail = await claim(stopping);
        if (!mail) break;
        lanes.push(runLane(mail, stopping));
      }
    } finally {
      await Promise.allSettled(lanes);
    }
    await Promise.all(lanes);
  }

  /** The same, without letting a slow conversation hold up the mails that become due meanwhile. */
  async function keepDelivering(stopping: AbortSignal): Promise<void> {
    const rounds = new Set<Promise<void>>();
    try {
      do {
        const round = deliverDue(stopping).finally(() => rounds.delete(round));
        rounds.add(round);
        await Promise.race([Promise.all(rounds), wait(stopping)]);
      } while (rounds.size > 0 && !stopping.aborted);
      await Promise.all(rounds);
    } finally {
      await Promise.allSettled(rounds);
    }
  }

  async function runLane(first: OutboxMailRow, stopping?: AbortSignal): Promise<void> {
    freeLanes -= 1;
    try {
      for (let mail: OutboxMailRow | null = first; mail; mail = await claim(stopping)) await deliver(mail);
    } finally {
      freeLanes += 1;
    }
  }

  async function claim(stopping?: AbortSignal): Promise<OutboxMailRow | null> {
    return stopping?.aborted ? null : outbox.claim(turns);
  }

  async function deliver(mail: OutboxMailRow): Promise<void> {
    try {
      if (await send(mail)) await outbox.markSent(mail);
    } finally {
      turns.end(mail);
    }
  }

  /** False when it has failed, and has been postponed or given up. */
  async function send(mail: OutboxMailRow): Promise<boolean> {
    try {
      const letter = await write(mail, await outbox.open(mail));
      if (letter) await mailer({ id: mail.id, ...letter }, AbortSignal.timeout(CONVERSATION_DEADLINE_MS));
      return true;
    } catch (error) {
      await failed(mail, error);
      return false;
    }
  }

  async function failed(mail: OutboxMailRow, error: unknown): Promise<void> {
    const failure = describe(error);
    const line = { mailId: mail.id, kind: mail.kind, attempts: mail.attempts, failure };
    if (isRefusedForGood(error)) await outbox.bury(mail, failure);
    else if (await outbox.postpone(mail, failure)) return log.warn(line, 'mail postponed');
    log.error(line, 'mail given up');
  }

  return { deliverDue, keepDelivering };
}

/** Until it is time to look again, or to stop. */
async function wait(signal: AbortSignal): Promise<void> {
  await setTimeout(LOOK_AGAIN_MS, null, { signal, ref: false }).catch(() => {});
}

/** Codes only: what a server says may quote the recipient, or the letter. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (error instanceof OperatorError) return error.message;
  const reply = 'responseCode' in error ? ` ${error.responseCode}` : '';
  return `${errorCode(error) ?? error.name}${reply}`;
}
