// mail/outbox.ts: mails are rows, written in the same transaction as what they tell of: neither is without the other.
import { createHmac } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock, secondsBetween } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { newId } from '../platform/random.ts';
import { createSeal } from '../platform/seal.ts';
import type { SecretRing } from '../platform/secrets.ts';
import { OutboxMail, type OutboxMailRow } from './outbox-mail.ts';

/** An instance that holds a mail for longer has died: others may take it. More than an SMTP conversation may last. */
const LEASE_SECONDS = 120;

/** How often anybody can have a mail of one kind sent to an address, in an hour. */
const BUDGET = { mails: 3, seconds: 3600 };

/** Before the second attempt, the third, and so on; after the last one the mail is given up. */
const PAUSES_SECONDS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800];

const LOST = 'No secret in SECRETS opens this mail. Was one removed too early?';

/** What a letter will be written from. */
export interface Mail {
  readonly kind: string;
  /** Canonical: see users/email-address.ts. */
  readonly recipient: string;
  readonly content: Readonly<Record<string, string>>;
}

/** A mail that anybody can cause. Of one family, if it has one, only one at a time waits for a recipient. */
export interface RequestedMail extends Mail {
  readonly family: string | null;
}

interface Tables {
  OutboxMail: Table<typeof OutboxMail>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly secrets: SecretRing;
}

export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox({ em, now, secrets }: Parts) {
  const seal = createSeal(secrets.keysFor('mails at rest'), LOST);
  const recipientSecret = secrets.keysFor('mail recipients').newest.key;

  /** Always the next to be sent. */
  async function post(tx: SqlEntityManager, mail: Mail): Promise<void> {
    await tx.insert(OutboxMail, await toRow(mail, null));
  }

  /**
   * The id of the mail; null when the recipient's budget for mails of this kind is used up, or when one of the same
   * family waits already. What is done is the same for every address: it is not known here whether anybody has it.
   */
  async function request(tx: SqlEntityManager, mail: RequestedMail): Promise<string | null> {
    const row = await toRow(mail, mail.family);
    const recent = await query<Tables>(tx)
      .selectFrom('OutboxMail')
      .select('id')
      .where('recipientKey', '=', row.recipientKey)
      .where('kind', '=', row.kind)
      .where('createdAt', '>', addSeconds(row.createdAt, -BUDGET.seconds))
      .limit(BUDGET.mails)
      .execute();
    if (recent.length >= BUDGET.mails) return null;
    const { numInsertedOrUpdatedRows } = await query<Tables>(tx)
      .insertInto('OutboxMail')
      .values(row)
      .onConflict((conflict) => conflict.column('dedupeKey').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n ? row.id : null;
  }

  async function toRow({ kind, recipient, content }: Mail, family: string | null): Promise<OutboxMailRow> {
    const at = now();
    const recipientKey = createHmac('sha256', recipientSecret).update(recipient).digest('hex');
    return {
      id: newId(),
      kind,
      sealedContent: await seal.seal(JSON.stringify(content)),
      recipientKey,
      dedupeKey: family && `${family}:${recipientKey}`,
      priority: 0,
      attempts: 0,
      nextAttemptAt: at,
      createdAt: at,
      sentAt: null,
      deadAt: null,
      lastError: null,
    };
  }

  /** Up to `limit` mails that are due, now ours for two minutes. Of any number that claim one at once, one gets it. */
  async function claim(limit: number): Promise<OutboxMailRow[]> {
    const at = now();
    const due = await query<Tables>(em)
      .selectFrom('OutboxMail')
      .selectAll()
      .where('nextAttemptAt', '<=', at)
      .orderBy('nextAttemptAt')
      .limit(limit)
      .execute();
    const claimed: OutboxMailRow[] = [];
    for (const mail of due) {
      const taken = { attempts: mail.attempts + 1, nextAttemptAt: addSeconds(at, LEASE_SECONDS) };
      if (await change(mail, taken)) claimed.push({ ...mail, ...taken });
    }
    return claimed;
  }

  /** False when somebody else has it by now. */
  async function change(mail: OutboxMailRow, changes: Partial<OutboxMailRow>): Promise<boolean> {
    const { numUpdatedRows } = await query<Tables>(em)
      .updateTable('OutboxMail')
      .set(changes)
      .where('id', '=', mail.id)
      .where('attempts', '=', mail.attempts)
      .where('nextAttemptAt', '=', mail.nextAttemptAt)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  /** Seals what waits with the newest secret. How many there were. One that is being sent meanwhile keeps its seal. */
  async function reseal(): Promise<number> {
    const waiting = await query<Tables>(em)
      .selectFrom('OutboxMail')
      .selectAll()
      .where('nextAttemptAt', 'is not', null)
      .execute();
    let done = 0;
    for (const mail of waiting) {
      const sealedContent = await seal.seal(await seal.open(mail.sealedContent ?? ''));
      if (await change(mail, { sealedContent })) done += 1;
    }
    return done;
  }

  async function backlog(): Promise<{ waiting: number; oldestSeconds: number }> {
    const waiting = query<Tables>(em).selectFrom('OutboxMail').where('nextAttemptAt', 'is not', null);
    const { count } = await waiting.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow();
    const oldest = await waiting.select('createdAt').orderBy('createdAt').limit(1).executeTakeFirst();
    return { waiting: Number(count), oldestSeconds: oldest ? secondsBetween(oldest.createdAt, now()) : 0 };
  }

  async function open({ sealedContent }: OutboxMailRow): Promise<Record<string, string>> {
    return JSON.parse(await seal.open(sealedContent ?? ''));
  }

  async function markSent(mail: OutboxMailRow): Promise<void> {
    await change(mail, { ...over, sentAt: now(), lastError: null });
  }

  async function bury(mail: OutboxMailRow, lastError: string): Promise<void> {
    await change(mail, { nextAttemptAt: null, dedupeKey: null, deadAt: now(), lastError });
  }

  /** False when this was the last attempt, and the mail is given up. */
  async function postpone(mail: OutboxMailRow, lastError: string): Promise<boolean> {
    const pause = PAUSES_SECONDS[mail.attempts - 1];
    if (pause === undefined) await bury(mail, lastError);
    else await change(mail, { nextAttemptAt: addSeconds(now(), pause), lastError });
    return pause !== undefined;
  }

  return { post, request, claim, reseal, open, markSent, postpone, bury, backlog };
}

const over = { nextAttemptAt: null, dedupeKey: null, sealedContent: null };
