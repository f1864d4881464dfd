// bench/suite/scenarios/full-database.ts: fills a database of Latchkey with sessions, each as a real sign-in leaves it, and seals their tokens.
import { randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';
import { createSecretRing } from '../../../src/platform/secrets.ts';
import { createRefreshTokenSeal } from '../../../src/tokens/refresh-token-seal.ts';
import { openDurable } from '../../servers/sqlite.ts';

type Database = ReturnType<typeof openDurable>;
type Cells = Record<string, unknown>;

const Rows = z.array(z.record(z.string(), z.unknown()));
const Amount = z.object({ amount: z.number() });

/** Two devices a person. */
const SESSIONS_PER_USER = 2;

/** UUIDv7: those that are made later sort later. */
function idAt(milliseconds: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The one session of the database, its user and its audit event, so many times. Gives the sessions' identifiers. */
export function multiply(file: string, sessions: number): string[] {
  const database = openDurable(file);
  const session = only(database, 'select * from sessions limit 1');
  const user = only(database, `select * from users where id = '${session.user_id}'`);
  const event = only(database, `select * from audit_events where session_id = '${session.id}' limit 1`);
  const add = {
    user: inserter(database, 'users', user),
    session: inserter(database, 'sessions', session),
    event: inserter(database, 'audit_events', event),
  };
  const ids: string[] = [];
  const from = Date.now() - sessions;
  database.transaction(() => {
    for (let index = 0; index < sessions; index += SESSIONS_PER_USER) {
      const user_id = idAt(from + index);
      add.user({ ...user, id: user_id, email: `copy-${index}@example.com`, ...canonical(user, index) });
      for (let device = 0; device < SESSIONS_PER_USER && index + device < sessions; device += 1) {
        const id = idAt(from + index + device);
        add.session({ ...session, id, user_id });
        add.event({ ...event, id: idAt(from + index + device), session_id: id, user_id, request_id: idAt(from) });
        ids.push(id);
      }
    }
  })();
  database.close();
  return ids;
}

/** Unique columns beside the address itself. */
function canonical(user: Cells, index: number): Cells {
  const names = Object.keys(user).filter(
    (name) => name !== 'email' && typeof user[name] === 'string' && user[name] === user.email,
  );
  return Object.fromEntries(names.map((name) => [name, `copy-${index}@example.com`]));
}

function only(database: Database, sql: string): Cells {
  const [row] = Rows.parse(database.prepare(sql).all());
  if (!row) throw new Error(`There is nothing to copy: ${sql}`);
  return row;
}

function inserter(database: Database, table: string, like: Cells): (row: Cells) => void {
  const names = Object.keys(like);
  const statement = database.prepare(`insert into ${table} (${names}) values (${names.map((name) => `@${name}`)})`);
  return (row) => void statement.run(row);
}

/** What a client that signed in just now would hold. */
export function sealTokens(secret: string, ids: readonly string[], count: number): string[] {
  const seal = createRefreshTokenSeal(createSecretRing([secret]).keysFor('refresh tokens'));
  return pick(ids, count).map((sessionId) => seal.seal({ sessionId, generation: 0 }));
}

/** Spread over all of them, none twice. */
function pick(ids: readonly string[], count: number): string[] {
  if (count >= ids.length) return [...ids];
  const chosen = new Set<string>();
  while (chosen.size < count) chosen.add(ids[randomInt(ids.length)] ?? '');
  return [...chosen];
}

export interface Weight {
  /** Bytes in use, free pages left out. */
  readonly bytes: number;
  /** The same by table, its indexes with it. */
  readonly tables: Readonly<Record<string, number>>;
}

/** What is in the log is put into the file first; a server that has the file open must be idle. */
export function weigh(file: string): Weight {
  const database = openDurable(file);
  database.pragma('wal_checkpoint(truncate)');
  const amount = (sql: string) => Amount.parse(database.prepare(sql).get()).amount;
  const bytes = amount(
    'select (page_count - freelist_count) * page_size as amount from pragma_page_count, pragma_freelist_count, pragma_page_size',
  );
  const tables = database
    .prepare(`select m.tbl_name as name, sum(s.pgsize) as bytes from dbstat s join sqlite_schema m on m.name = s.name
      where s.aggregate = true group by m.tbl_name`)
    .all();
  database.close();
  const Tables = z.array(z.object({ name: z.string(), bytes: z.number() }));
  return { bytes, tables: Object.fromEntries(Tables.parse(tables).map(({ name, bytes: of }) => [name, of])) };
}
