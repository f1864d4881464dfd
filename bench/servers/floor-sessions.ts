// bench/servers/floor-sessions.ts: a session is a row, a refresh is one compare-and-swap, and each commits by itself.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Turn } from './floor-tokens.ts';
import { openDurable } from './sqlite.ts';

const Owner = z.object({ user_id: z.string() }).optional();
const Address = z.object({ email: z.string() }).optional();

export function createFloorSessions(folder: string) {
  const database = openDurable(join(folder, 'floor.db'));
  database.exec(`create table sessions (id text primary key, user_id text not null, email text not null,
    generation integer not null, rotated_at integer not null, ended_at integer) without rowid`);
  const insert = database.prepare('insert into sessions values (?, ?, ?, 0, ?, null)');
  const advance = database.prepare(`update sessions set generation = generation + 1, rotated_at = ?
    where id = ? and generation = ? and ended_at is null returning user_id`);
  const find = database.prepare('select email from sessions where id = ? and ended_at is null');

  return {
    begin(email: string) {
      const [id, userId] = [randomUUID(), randomUUID()];
      insert.run(id, userId, email, Date.now());
      return { id, userId };
    },
    /** Whose it is, or null when somebody was faster. */
    advance: ({ sessionId, generation }: Turn) =>
      Owner.parse(advance.get(Date.now(), sessionId, generation))?.user_id ?? null,
    isAlive: (id: string) => find.get(id) !== undefined,
    emailOf: (id: string) => Address.parse(find.get(id))?.email ?? null,
  };
}
