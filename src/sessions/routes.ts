// sessions/routes.ts: the sessions of a user over HTTP: the list, and the end of one.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { z } from 'zod';
import { AuthError } from '../errors.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { NextCursor, pageMembers, readPage } from '../http/paging.ts';
import { empty, json, noContent, ok } from '../http/reply.ts';
import type { Clock } from '../platform/clock.ts';
import type { Cursors } from '../platform/cursor.ts';
import { transact } from '../platform/transaction.ts';
import type { Principal } from '../users/principal.ts';
import { endOf, type SessionRow } from './session.ts';
import { sessionExamples } from './session-examples.ts';
import type { Sessions } from './sessions.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly cursors: Cursors;
  readonly sessions: Sessions;
  readonly signedIn: Guard<Principal>;
}

const SessionWire = z
  .object({
    id: z.uuid(),
    client_id: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().describe('When it was last refreshed.'),
    idle_expires_at: z.iso.datetime().describe('When it ends if it is not refreshed before.'),
    expires_at: z.iso.datetime().describe('When it ends in any case.'),
    remembered: z.boolean(),
    ip: z.string().describe('Where the sign-in came from.'),
    user_agent: z.string().nullable().describe('What the sign-in was made with, as it called itself.'),
    current: z.boolean().describe('Whether this request belongs to it.'),
  })
  .meta({ id: 'Session', description: 'One sign-in on one device.', examples: [sessionExamples.phone] });

const SessionList = z.object({ sessions: z.array(SessionWire), next_cursor: NextCursor }).meta({
  id: 'SessionList',
  examples: [{ sessions: [sessionExamples.phone, sessionExamples.laptop], next_cursor: null }],
});

const ListSessions = z.strictObject(pageMembers);

const SessionParams = z.object({
  session_id: z
    .uuid()
    .toLowerCase()
    .describe('The identifier of the session, as the list has it.')
    .meta({ examples: [story.laptop.sessionId] }),
});

function presentSession(session: SessionRow, { sessionId }: Principal): z.input<typeof SessionWire> {
  return {
    id: session.id,
    client_id: session.clientId,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.rotatedAt.toISOString(),
    idle_expires_at: session.idleExpiresAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    remembered: session.remembered,
    ip: session.ip,
    user_agent: session.userAgent,
    current: session.id === sessionId,
  };
}

export function sessionEndpoints({ em, now, cursors, sessions, signedIn }: Parts): Endpoint[] {
  const common = { tag: 'Sessions', guard: signedIn, limit: 'none', failures: 'problem' } as const;

  return [
    endpoint({
      ...common,
      quota: 'session_list',
      method: 'get',
      path: '/me/sessions',
      operationId: 'listSessions',
      summary: 'Where the user is signed in, newest first',
      query: ListSessions,
      replies: { 200: json('A page of the sessions that are alive.', SessionList) },
      handle: async ({ query: asked }, { caller }) => {
        const { rows, next_cursor } = await readPage(
          {
            cursors,
            name: `sessions of ${caller.userId}`,
            keyOf: ({ id }: SessionRow) => id,
            read: (after, limit) => sessions.listLive(em, caller.userId, { after, limit }),
          },
          asked,
        );
        return ok({ sessions: rows.map((session) => presentSession(session, caller)), next_cursor });
      },
    }),
    endpoint({
      ...common,
      quota: 'session_end',
      method: 'delete',
      path: '/me/sessions/:session_id',
      operationId: 'endSession',
      summary: 'Sign one device out',
      errors: ['not_found'],
      params: SessionParams,
      replies: { 204: empty('The session has ended.') },
      handle: async ({ params }, { caller, origin }) => {
        await transact(em, async (tx) => {
          const session = await sessions.findIn(tx, params.session_id);
          if (session?.userId !== caller.userId || endOf(session, now())) throw new AuthError('not_found');
          await sessions.end(tx, session, 'ended_by_user', origin);
        });
        return noContent();
      },
    }),
  ];
}
