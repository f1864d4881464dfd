// sessions/session.ts: the table of sessions. One row per sign-in, for ever the same size: a refresh token is not
// stored, only how often it was rotated.
import { defineEntity, p } from '@mikro-orm/core';
import type { EndReason } from '../errors.ts';
import type { Row } from '../platform/query.ts';

export const Session = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    /** No foreign key: the tombstone of a session outlives its user, to say `user_deleted`. */
    userId: p.uuid(),
    clientId: p.text(),
    /** What was granted at sign-in, space-separated. A refresh can ask for less, never for more. */
    scope: p.text(),
    remembered: p.boolean(),
    generation: p.integer(),
    /** A refresh token of an earlier generation than this is refused, and ends nothing. */
    minGeneration: p.integer().default(0),
    /** When the present generation began. */
    rotatedAt: p.datetime(3),
    /** Digest of the Idempotency-Key that made the present generation. */
    retryKeyHash: p.text().nullable(),
    authTime: p.datetime(3),
    amr: p.json<string[]>(),
    createdAt: p.datetime(3),
    idleExpiresAt: p.datetime(3),
    expiresAt: p.datetime(3).index('sessions_expires_at_index'),
    endedAt: p.datetime(3).nullable(),
    endReason: p.text().$type<EndReason>().nullable(),
    ip: p.text(),
    userAgent: p.text().nullable(),
  },
  // No column in them that a refresh changes: PostgreSQL then leaves the indexes alone (heap-only tuples).
  indexes: [
    { name: 'sessions_user_index', properties: ['userId', 'id'] },
    { name: 'sessions_live_index', properties: ['userId', 'id'], where: { endedAt: null } },
    { name: 'sessions_live_by_client_index', properties: ['clientId', 'id'], where: { endedAt: null } },
  ],
});

export type SessionRow = Row<typeof Session>;

/** All of it but where it came from. */
export type SessionState = Omit<SessionRow, 'ip' | 'userAgent'>;

type Mortal = Pick<SessionRow, 'endedAt' | 'endReason' | 'expiresAt' | 'idleExpiresAt'>;

/** Why the session is over, or null while it lives. */
export function endOf(session: Mortal, at: Date): EndReason | null {
  if (session.endedAt) return session.endReason;
  if (at >= session.expiresAt) return 'expired';
  return at >= session.idleExpiresAt ? 'expired_idle' : null;
}
