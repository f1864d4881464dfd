// mail/outbox-mail.ts: the table of mails: waiting, sent, or given up. The body is not in it: a letter is written when it
// is sent, from what is sealed here.
import { defineEntity, p } from '@mikro-orm/core';
import type { Row } from '../platform/query.ts';

export const OutboxMail = defineEntity({
  name: 'OutboxMail',
  tableName: 'outbox_mails',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    /** A JWE of what the letter is written from; null once it is sent. */
    sealedContent: p.text().nullable(),
    /** HMAC of the recipient's canonical address: enough to count by. */
    recipientKey: p.text(),
    /** While a mail waits, no other with the same key is accepted. */
    dedupeKey: p.text().nullable().unique('outbox_mails_dedupe_key_unique'),
    /** Mails with a lower number are sent first. */
    priority: p.integer().default(0),
    attempts: p.integer(),
    /** When to try next; null when there is no next time. A sender moves it on first, so that it is also the lease. */
    nextAttemptAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    sentAt: p.datetime(3).nullable(),
    /** Given up: refused for good, or too often. */
    deadAt: p.datetime(3).nullable(),
    lastError: p.text().nullable(),
  },
  indexes: [
    {
      name: 'outbox_mails_waiting_index',
      properties: ['priority', 'nextAttemptAt', 'recipientKey', 'createdAt'],
      where: { nextAttemptAt: { $ne: null } },
    },
    { name: 'outbox_mails_recipient_index', properties: ['recipientKey', 'createdAt'] },
  ],
});

export type OutboxMailRow = Row<typeof OutboxMail>;
