// audit/audit-event.ts: the table of what happened.
import { defineEntity, p } from '@mikro-orm/core';
import type { Row } from '../platform/query.ts';

/** Everything that is written down. */
export const auditEventTypes = [
  'user.signed_up',
  'user.sign_up_repeated',
  'user.profile_changed',
  'user.password_changed',
  'user.password_reset',
  'user.password_reset_requested',
  'user.email_verified',
  'user.email_change_requested',
  'user.email_changed',
  'user.deleted',
  'user.created',
  'user.disabled',
  'user.enabled',
  'user.roles_changed',
  'user.sessions_ended',
  'user.password_reset_sent',
  'users.imported',
  'client.registered',
  'client.secret_rotated',
  'client.disabled',
  'client.enabled',
  'client.changed',
  'client.deleted',
  'client.authentication_failed',
  'role.created',
  'role.changed',
  'role.deleted',
  'permission.refused',
  'user.password_locked',
  'sign_in.failed',
  'sign_in.throttled',
  'key.published',
  'key.activated',
  'key.revoked',
  'session.started',
  'session.ended',
  'access_token.revoked',
  'client.assertion_replayed',
  'refresh_token.of_another_client',
  'refresh_token.ahead_of_database',
  'refresh_token.repeated',
] as const;

export type AuditEventType = (typeof auditEventTypes)[number];

export const AuditEvent = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_events',
  properties: {
    id: p.uuid().primary(),
    type: p.text().$type<AuditEventType>(),
    occurredAt: p.datetime(3).index('audit_events_occurred_at_index'),
    /** No foreign keys: what happened outlives whom it happened to. */
    userId: p.uuid().nullable(),
    clientId: p.text().nullable(),
    sessionId: p.uuid().nullable(),
    ip: p.text(),
    requestId: p.uuid(),
    details: p.json<Record<string, string | number>>(),
  },
  indexes: [{ name: 'audit_events_user_index', properties: ['userId', 'id'] }],
});

export type AuditEventRow = Row<typeof AuditEvent>;
