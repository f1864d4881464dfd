// test/cli/rows.ts: what is in a database, read past everything of ours that converts it.
import BetterSqlite from 'better-sqlite3';
import { Client } from 'pg';

type Cells = Record<string, unknown>;
/** By the name of the table; the rows in the order of their text. */
export type Rows = Record<string, Cells[]>;

const isOurs = (name: string) => !/^(sqlite_|mikro_orm_|rate_limits)/.test(name);

/** Everything as SQLite keeps it: milliseconds, 0 and 1; JSON is parsed. */
export function readSqlite(url: string): Rows {
  const database = new BetterSqlite(url.slice('sqlite:'.length), { readonly: true });
  try {
    const names = database.prepare("select name from sqlite_master where type = 'table'").pluck().all();
    const tables = names.map(String).filter(isOurs);
    return Object.fromEntries(
      tables.map((name) => {
        const columns = database.pragma(`table_info(${name})`) as { name: string; type: string }[];
        const json = columns.filter(({ type }) => /json/i.test(type)).map((column) => column.name);
        const rows = database.prepare(`select * from ${name}`).all() as Cells[];
        return [name, inOrder(rows.map((row) => withParsed(row, json)))];
      }),
    );
  } finally {
    database.close();
  }
}

function withParsed(row: Cells, json: readonly string[]): Cells {
  const parsed = json.map((name) => [name, row[name] === null ? null : JSON.parse(String(row[name]))]);
  return { ...row, ...Object.fromEntries(parsed) };
}

export async function readPostgres(url: string): Promise<Rows> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const names = await client.query("select tablename from pg_tables where schemaname = 'public'");
    const tables: string[] = names.rows.map(({ tablename }) => tablename).filter(isOurs);
    const rows: Rows = {};
    for (const name of tables) rows[name] = inOrder((await client.query(`select * from ${name}`)).rows.map(asSqlite));
    return rows;
  } finally {
    await client.end();
  }
}

function asSqlite(row: Cells): Cells {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Date) return [name, value.getTime()];
      return [name, typeof value === 'boolean' ? Number(value) : value];
    }),
  );
}

function inOrder(rows: readonly Cells[]): Cells[] {
  const textOf = (row: Cells) => JSON.stringify(Object.values(row).filter((value) => typeof value === 'string'));
  return rows.toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1));
}

export function columnsWithoutValue(rows: Rows): string[] {
  return Object.entries(rows).flatMap(([table, all]) => {
    const [first = {}] = all;
    const empty = Object.keys(first).filter((column) => all.every((row) => row[column] === null));
    return all.length === 0 ? [table] : empty.map((column) => `${table}.${column}`);
  });
}
