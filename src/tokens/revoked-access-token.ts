// tokens/revoked-access-token.ts: the table of access tokens that were revoked before their time, by `jti`: another
// encoding of the same signature is the same token.
import { defineEntity, p } from '@mikro-orm/core';

export const RevokedAccessToken = defineEntity({
  name: 'RevokedAccessToken',
  tableName: 'revoked_access_tokens',
  properties: {
    jti: p.uuid().primary(),
    /** After this the token is dead anyway, and the row can go. */
    expiresAt: p.datetime(3).index('revoked_access_tokens_expires_at_index'),
  },
});
