// mail/postman.ts: empties the outbox.
import { OperatorError } from '../errors.ts';
import { errorCode } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logger.ts';
import { isRefusedForGood, type Letter, type Mailer } from '../platform/mailer.ts';
import type { Outbox } from './outbox.ts';
import type { OutboxMailRow } from './outbox-mail.ts';

/** Well within the lease of the outbox. */
const CONVERSATION_DEADLINE_MS = 45_000;
const AT_ONCE = 5;

/** What is to be sent, as things stand now; null when there is nothing to say any more, or nobody to say it to. */
export type WriteLetter = (
  mail: Pick<OutboxMailRow, 'id' | 'kind' | 'createdAt'>,
  content: Readonly<Record<string, string>>,
) => Promise<Omit<Letter, 'id'> | null>;

interface Parts {
  readonly outbox: Outbox;
  readonly write: WriteLetter;
  readonly mailer: Mailer;
  readonly log: Logger;
}

export type Postman = ReturnType<typeof createPostman>;

export function createPostman({ outbox, write, mailer, log }: Parts) {
  /** Sends everything that is due, and comes back when nothing is. Fails only when the database does. */
  async function deliverDue(): Promise<void> {
    for (let mails = await outbox.claim(AT_ONCE); mails.length > 0; mails = await outbox.claim(AT_ONCE)) {
      const settled = await Promise.allSettled(mails.map(deliver));
      for (const result of settled) if (result.status === 'rejected') throw result.reason;
    }
  }

  async function deliver(mail: OutboxMailRow): Promise<void> {
    try {
      const letter = await write(mail, await outbox.open(mail));
      if (letter) await mailer({ id: mail.id, ...letter }, AbortSignal.timeout(CONVERSATION_DEADLINE_MS));
    } catch (error) {
      return failed(mail, error);
    }
    await outbox.markSent(mail);
  }

  async function failed(mail: OutboxMailRow, error: unknown): Promise<void> {
    const failure = describe(error);
    const line = { mailId: mail.id, kind: mail.kind, attempts: mail.attempts, failure };
    if (isRefusedForGood(error)) await outbox.bury(mail, failure);
    else if (await outbox.postpone(mail, failure)) return log.warn(line, 'mail postponed');
    log.error(line, 'mail given up');
  }

  return { deliverDue };
}

/** Codes only: what a server says may quote the recipient, or the letter. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (error instanceof OperatorError) return error.message;
  const reply = 'responseCode' in error ? ` ${error.responseCode}` : '';
  return `${errorCode(error) ?? error.name}${reply}`;
}
