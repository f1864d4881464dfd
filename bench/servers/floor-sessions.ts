// bench/servers/floor-sessions.ts: a session is a row, a refresh is one compare-and-swap, and each commits by itself.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'pg';
import { z } from 'zod';
import type { Turn } from './floor-tokens.ts';
import { openDurable } from './sqlite.ts';

const Owner = z.object({ user_id: z.string() }).optional();
const Address = z.object({ email: z.string() }).optional();

const schema = `create table sessions (id text primary key, user_id text not null, email text not null,
  generation integer not null, rotated_at bigint not null, ended_at bigint)`;

/** The values in the order in which they are bound. */
const statements = {
  insert: 'insert into sessions values ($1, $2, $3, 0, $4, null) returning id',
  advance: `update sessions set generation = generation + 1, rotated_at = $1
    where id = $2 and generation = $3 and ended_at is null returning user_id`,
  find: 'select email from sessions where id = $1 and ended_at is null',
};

type Name = keyof typeof statements;

/** Gives the first row, if there is one. */
type Run = (name: Name, ...values: (string | number)[]) => unknown;

/** On PostgreSQL if there is an address, otherwise in the folder. */
export async function createFloorSessions(folder: string, databaseUrl: string) {
  const run = databaseUrl ? await onPostgres(databaseUrl) : onSqlite(folder);

  return {
    async begin(email: string) {
      const [id, userId] = [randomUUID(), randomUUID()];
      await run('insert', id, userId, email, Date.now());
      return { id, userId };
    },
    /** Whose it is, or null when somebody was faster. */
    advance: async ({ sessionId, generation }: Turn) =>
      Owner.parse(await run('advance', Date.now(), sessionId, generation))?.user_id ?? null,
    isAlive: async (id: string) => (await run('find', id)) !== undefined,
    emailOf: async (id: string) => Address.parse(await run('find', id))?.email ?? null,
  };
}

function onSqlite(folder: string): Run {
  const database = openDurable(join(folder, 'floor.db'));
  database.exec(`${schema} without rowid`);
  const prepare = (name: Name) => database.prepare(statements[name].replaceAll(/\$\d/g, '?'));
  const prepared = { insert: prepare('insert'), advance: prepare('advance'), find: prepare('find') };
  return (name, ...values) => prepared[name].get(...values);
}

/** As many connections as Latchkey has by default; statements have names, and are prepared once for each. */
async function onPostgres(connectionString: string): Promise<Run> {
  const pool = new Pool({ connectionString, max: 10 });
  await pool.query(schema);
  return async (name, ...values) => (await pool.query({ name, text: statements[name], values })).rows[0];
}
