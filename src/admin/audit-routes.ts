// admin/audit-routes.ts: what happened, over HTTP.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { z } from 'zod';
import { type AuditEventRow, auditEventTypes } from '../audit/audit-event.ts';
import { roleGivenExample, signedInExample } from '../audit/audit-examples.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { NextCursor, pageMembers, readPage } from '../http/paging.ts';
import { json, ok } from '../http/reply.ts';
import type { Cursors } from '../platform/cursor.ts';
import { Text } from '../platform/text.ts';
import type { AdminScope } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly audit: AuditLog;
  readonly cursors: Cursors;
  readonly allowed: (scope: AdminScope) => Guard<Actor>;
}

const { app, ada, at, cursor } = story;

const AuditEventWire = z
  .object({
    id: z.uuid(),
    type: z.enum(auditEventTypes).describe('More may be added.'),
    occurred_at: z.iso.datetime(),
    user_id: z.uuid().nullable(),
    client_id: z.string().nullable(),
    session_id: z.uuid().nullable(),
    ip: z.string(),
    request_id: z.uuid(),
    details: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .describe('What else there is to say of this type.'),
  })
  .meta({ id: 'AuditEvent', examples: [signedInExample] });

const AuditPage = z
  .object({ events: z.array(AuditEventWire), next_cursor: NextCursor })
  .meta({ id: 'AuditPage', examples: [{ events: [signedInExample, roleGivenExample], next_cursor: cursor }] });

const Instant = z.iso.datetime().transform((text) => new Date(text));

const ListEvents = z.strictObject({
  ...pageMembers,
  user_id: z
    .uuid()
    .toLowerCase()
    .optional()
    .describe('Only what happened to this user.')
    .meta({ examples: [ada.id] }),
  client_id: Text.max(64)
    .optional()
    .describe('Only what this client did.')
    .meta({ examples: [app] }),
  type: z
    .enum(auditEventTypes)
    .optional()
    .describe('Only events of this type.')
    .meta({ examples: [signedInExample.type] }),
  since: Instant.optional()
    .describe('From this instant on.')
    .meta({ examples: [at.signUp] }),
  until: Instant.optional()
    .describe('Before this instant.')
    .meta({ examples: [at.refresh] }),
});

function presentEvent(event: AuditEventRow): z.input<typeof AuditEventWire> {
  return {
    id: event.id,
    type: event.type,
    occurred_at: event.occurredAt.toISOString(),
    user_id: event.userId,
    client_id: event.clientId,
    session_id: event.sessionId,
    ip: event.ip,
    request_id: event.requestId,
    details: event.details,
  };
}

export function auditEndpoints({ em, audit, cursors, allowed }: Parts): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/admin/audit-events',
      operationId: 'listAuditEvents',
      tag: 'Administration',
      summary: 'Audit events, newest first',
      guard: allowed('audit:read'),
      limit: 'none',
      failures: 'problem',
      query: ListEvents,
      replies: { 200: json('A page.', AuditPage) },
      handle: async ({ query: { limit, cursor, user_id: userId, client_id: clientId, ...search } }) => {
        const { rows, next_cursor } = await readPage(
          {
            cursors,
            name: 'audit-events',
            keyOf: ({ id }: AuditEventRow) => id,
            read: (before, many) => audit.list(em, { ...search, before, limit: many, userId, clientId }),
          },
          { limit, cursor },
        );
        return ok({ events: rows.map(presentEvent), next_cursor });
      },
    }),
  ];
}
