// accounts/one-time-code.ts: the table of codes that are mailed, each for one purpose. Of each purpose a user has one at
// most: a newer one takes the place of the older.
import { defineEntity, p } from '@mikro-orm/core';
import type { Row } from '../platform/query.ts';

export type CodePurpose = 'verify_email' | 'change_email' | 'reset_password';

export const OneTimeCode = defineEntity({
  name: 'OneTimeCode',
  tableName: 'one_time_codes',
  properties: {
    userId: p.uuid().primary(),
    purpose: p.text().$type<CodePurpose>().primary(),
    /** Null until the letter is written that the code goes into. */
    digest: p.text().nullable().unique('one_time_codes_digest_unique'),
    /** What the code is derived from, together with the secret of the deployment; null for a code that is random. */
    seed: p.text().nullable(),
    /** When the code was used; the row stays for as long as a repetition of the request can be answered. */
    usedAt: p.datetime(3).nullable(),
    /** The mail that it goes into: an older one that is late must not take the place of a newer one. */
    mailId: p.uuid(),
    /** The address that it proves. */
    email: p.text(),
    emailCanonical: p.text(),
    expiresAt: p.datetime(3).index('one_time_codes_expires_at_index'),
  },
});

export type OneTimeCodeRow = Row<typeof OneTimeCode>;
