// mail/outbox.ts: mails are rows, written in the same transaction as what they tell of: neither is without the other.
import { createHmac } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock, secondsBetween } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { newId } from '../platform/random.ts';
import { createSeal } from '../platform/seal.ts';
import type { SecretRing } from '../platform/secrets.ts';
import type { OutboxMail, OutboxMailRow } from './outbox-mail.ts';
import type { Turns } from './turns.ts';

/** An instance that holds a mail for longer has died: others may take it. More than an SMTP conversation may last. */
const LEASE_SECONDS = 120;

const HOUR_SECONDS = 3600;

/** Codes first: their recipients wait for them. */
export const priorities = { code: 0, notice: 1 } as const;

export type Priority = keyof typeof priorities;

/** Before the second attempt, the third, and so on; after the last one the mail is given up. */
const PAUSES_SECONDS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800];

const LOST = 'No secret in SECRETS opens this mail. Was one removed too early?';

/** How mails of one kind are sent. */
export interface Handling {
  readonly priority: Priority;
  /** The most that a recipient gets of this kind. */
  readonly perHour: number;
  /** Of one family, only one mail at a time waits for a recipient. */
  readonly family: string | null;
  /** Takes the place of a waiting mail of another kind in its family. Otherwise the waiting mail stays. */
  readonly replaces: boolean;
}

/** What a letter will be written from. */
export interface Mail extends Handling {
  readonly kind: string;
  /** Canonical: see users/email-address.ts. */
  readonly recipient: string;
  readonly content: Readonly<Record<string, string>>;
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

  /**
   * The id of the mail. Null when the recipient has had enough mails of this kind, or when one of the same family waits
   * and stays. The work is the same for every address: the outbox does not know which addresses have an account.
   */
  async function request(tx: SqlEntityManager, mail: Mail): Promise<string | null> {
    const row = await toRow(mail);
    const recent = await query<Tables>(tx)
      .selectFrom('OutboxMail')
      .select('id')
      .where('recipientKey', '=', row.recipientKey)
      .where('kind', '=', row.kind)
      .where('createdAt', '>', addSeconds(row.createdAt, -HOUR_SECONDS))
      .limit(mail.perHour)
      .execute();
    if (recent.length >= mail.perHour) return null;
    const { numInsertedOrUpdatedRows } = await query<Tables>(tx)
      .insertInto('OutboxMail')
      .values(row)
      .onConflict((conflict) => {
        const waiting = conflict.column('dedupeKey');
        return mail.replaces ? waiting.doUpdateSet(row).where('OutboxMail.kind', '!=', row.kind) : waiting.doNothing();
      })
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n ? row.id : null;
  }

  async function toRow({ kind, recipient, content, family, priority }: Mail): Promise<OutboxMailRow> {
    const at = now();
    const recipientKey = createHmac('sha256', recipientSecret).update(recipient).digest('hex');
    return {
      id: newId(),
      kind,
      sealedContent: await seal.seal(JSON.stringify(content)),
      recipientKey,
      dedupeKey: family && `${family}:${recipientKey}`,
      priority: priorities[priority],
      attempts: 0,
      nextAttemptAt: at,
      createdAt: at,
      sentAt: null,
      deadAt: null,
      lastError: null,
    };
  }

  /**
   * A mail that is due, codes first, now ours for two minutes; null when there is none. Of any number of senders that
   * claim at once, one gets it.
   */
  async function claim(turns: Turns): Promise<OutboxMailRow | null> {
    for (let mail = await findDue(turns); mail; mail = await findDue(turns)) {
      const ours = { ...mail, attempts: mail.attempts + 1, nextAttemptAt: addSeconds(now(), LEASE_SECONDS) };
      if (turns.begin(ours) && (await take(mail, ours, turns))) return ours;
    }
    return null;
  }

  /** False when another instance was faster. */
  async function take(mail: OutboxMailRow, ours: OutboxMailRow, turns: Turns): Promise<boolean> {
    const { attempts, nextAttemptAt } = ours;
    const isOurs = await change(mail, { attempts, nextAttemptAt }).catch((error: unknown) => {
      turns.end(ours);
      throw error;
    });
    if (!isOurs) turns.end(ours);
    return isOurs;
  }

  async function findDue(turns: Turns): Promise<OutboxMailRow | null> {
    for (const priority of Object.values(priorities)) {
      const served = turns.servedOf(priority);
      const next = await findDueOf(priority, [...new Set([...turns.busy(), ...served])]);
      if (next) return next;
      if (served.length === 0) continue;
      turns.beginRound(priority);
      const again = await findDueOf(priority, turns.busy());
      if (again) return again;
    }
    return null;
  }

  async function findDueOf(priority: number, except: readonly string[]): Promise<OutboxMailRow | null> {
    const due = query<Tables>(em)
      .selectFrom('OutboxMail')
      .selectAll()
      .where('priority', '=', priority)
      .where('nextAttemptAt', '<=', now())
      .orderBy('nextAttemptAt')
      .limit(1);
    const others = except.length > 0 ? due.where('recipientKey', 'not in', except) : due;
    return (await others.executeTakeFirst()) ?? null;
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

  return { request, claim, reseal, open, markSent, postpone, bury, backlog };
}

const over = { nextAttemptAt: null, dedupeKey: null, sealedContent: null };
