// test/harness/postgres-databases.ts: a database of its own for each service under test, copied from a migrated one.
// Copying costs more than most tests do, so a database that a test leaves as it found it is emptied and lent again.
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

export const TEMPLATE = 'latchkey_template';
const PREFIX = 'latchkey_test_';

/** Lent to nobody at the moment. Each test file has its own. */
const spare: string[] = [];

/** The name of a migrated database with empty tables. */
export async function borrowDatabase(serverUrl: string): Promise<string> {
  const lent = spare.pop();
  if (lent) return lent;
  const name = `${PREFIX}${randomUUID().replaceAll('-', '')}`;
  await createDatabase(serverUrl, name);
  return name;
}

export async function returnDatabase(serverUrl: string, name: string): Promise<void> {
  if ((await describe(serverUrl, name)) !== (await describe(serverUrl, TEMPLATE))) {
    await dropDatabase(serverUrl, name);
    return;
  }
  await run(serverUrl, name, EMPTY);
  spare.push(name);
}

export async function createDatabase(serverUrl: string, name: string, template = TEMPLATE): Promise<void> {
  await run(serverUrl, 'postgres', `create database ${name} template ${template} strategy file_copy`);
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await run(serverUrl, 'postgres', `drop database if exists ${name} with (force)`);
}

/** Whatever this or an earlier run has left. */
export async function dropAll(serverUrl: string): Promise<void> {
  const ours = `select datname from pg_database where datname like '${PREFIX}%' or datname = '${TEMPLATE}'`;
  for (const { datname } of await run(serverUrl, 'postgres', ours)) await dropDatabase(serverUrl, datname);
}

const EMPTY = `do $$ begin execute (
  select 'truncate ' || string_agg(quote_ident(tablename), ', ') from pg_tables
  where schemaname = 'public' and tablename not like 'mikro_orm%'
); end $$`;

/** Differs from the template's when a test has changed more than rows. */
async function describe(serverUrl: string, name: string): Promise<string> {
  const catalogues = ['pg_class', 'pg_attribute', 'pg_constraint', 'pg_trigger', 'pg_proc'];
  const counts = catalogues.map((catalogue) => `(select count(*) from ${catalogue}) as ${catalogue}`);
  const settings = 'select count(*) from pg_db_role_setting where setdatabase = pg_database.oid';
  const own = `datallowconn, datconnlimit, (${settings}) as settings`;
  const rows = await run(
    serverUrl,
    name,
    `select ${counts}, ${own} from pg_database where datname = current_database()`,
  );
  return JSON.stringify(rows);
}

async function run(serverUrl: string, database: string, statement: string) {
  const client = new Client({ connectionString: `${serverUrl}/${database}` });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
