// test/chaos/soundness.ts: what is true of the database whatever was killed in the middle.
import { expect } from 'vitest';
import { z } from 'zod';
import type { Inspected } from './database.ts';
import type { Person } from './ledger.ts';

/** Each lists what must not be there. */
const faults: Readonly<Record<string, string>> = {
  'a user whose sign-up is not written down once': `select u.id from users u
    left join audit_events e on e.user_id = u.id and e.type = 'user.signed_up'
    group by u.id having count(e.id) <> 1`,
  'a sign-up of nobody': `select e.id from audit_events e left join users u on u.id = e.user_id
    where e.type = 'user.signed_up' and u.id is null`,
  'a user without the session of the sign-up': `select u.id from users u left join sessions s on s.user_id = u.id
    where s.id is null`,
  'a session of nobody': 'select s.id from sessions s left join users u on u.id = s.user_id where u.id is null',
  'a session whose start is not written down once': `select s.id from sessions s
    left join audit_events e on e.session_id = s.id and e.type = 'session.started'
    group by s.id having count(e.id) <> 1`,
  'a session whose end is not written down as it was': `select s.id from sessions s
    left join audit_events e on e.session_id = s.id and e.type = 'session.ended'
    group by s.id, s.ended_at, s.end_reason
    having count(e.id) <> case when s.ended_at is null then 0 else 1 end
      or min(e.details ->> 'endReason') <> s.end_reason`,
  'a session that ended without a reason': `select id from sessions
    where (ended_at is null and end_reason is not null) or (ended_at is not null and end_reason is null)`,
  // A sign-up that is repeated because its answer was lost replaces the mail that waits, or has one of its own.
  'a sign-up without a mail': `select 1 as differ where (select count(*) from users)
    > (select count(*) from outbox_mails where kind in ('email_verification', 'sign_up_repeated'))`,
  'a notice to an unverified address': "select id from outbox_mails where kind = 'password_changed'",
  // The service would forgive it: a refresh that was answered and lost is caught up with, and written down.
  'a rotation that was lost': `select id from audit_events where type = 'refresh_token.ahead_of_database'`,
};

const StoredSession = z.object({ id: z.string(), generation: z.number(), end_reason: z.string().nullable() });

/** Why a session can have ended of which its owner never heard: together with others. */
const unheardOf = [null, 'logged_out', 'password_changed'];

export async function expectSound(database: Inspected, people: readonly Person[]): Promise<void> {
  await database.expectIntact();
  for (const [fault, statement] of Object.entries(faults)) expect(await database.rows(statement), fault).toEqual([]);
  const rows = z
    .array(StoredSession)
    .parse(await database.rows('select id, generation, end_reason from sessions order by id'));
  const stored = new Map(rows.map(({ id, generation, end_reason }) => [id, { generation, end_reason }]));
  for (const { id, refreshTokens, ended } of people.flatMap(({ devices }) => devices)) {
    expect(stored.get(id)).toEqual({ generation: refreshTokens.length - 1, end_reason: ended });
    stored.delete(id);
  }
  for (const { end_reason } of stored.values()) expect(unheardOf).toContain(end_reason);
}
