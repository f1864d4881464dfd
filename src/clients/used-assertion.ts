// clients/used-assertion.ts: the table of client assertions that have been used (RFC 7523 section 3, item 7), so that each
// is good once, whichever instance sees it.
import { defineEntity, p } from '@mikro-orm/core';

export const UsedAssertion = defineEntity({
  name: 'UsedAssertion',
  tableName: 'used_assertions',
  properties: {
    clientId: p.text().primary(),
    jtiDigest: p.text().primary(),
    /** After this the assertion is dead anyway, and the row can go. */
    expiresAt: p.datetime(3).index('used_assertions_expires_at_index'),
  },
});
