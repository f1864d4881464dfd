// test/chaos/database.ts: a database that outlives the service, and can be looked into beside it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { Client } from 'pg';
import { expect, inject, onTestFinished } from 'vitest';
import { newFolder } from '../harness/folder.ts';
import { createDatabase, dropDatabase } from '../harness/postgres-databases.ts';

export interface Inspected {
  readonly url: string;
  rows(statement: string): Promise<unknown[]>;
  /** How many there are by now, while a service starts. */
  countTables(): Promise<number>;
  /** Those of PostgreSQL's processes that work for a service. They may outlive it for a moment, and finish a commit. */
  workers(): Promise<number[]>;
  /** Rejects unless the file, where there is one, is whole. */
  expectIntact(): Promise<void>;
}

/** Without a single table; gone when the test is over. */
export function newEmptyDatabase(): Promise<Inspected> {
  const serverUrl = inject('postgresUrl');
  return serverUrl === null ? newSqlite() : newPostgres(serverUrl);
}

async function newSqlite(): Promise<Inspected> {
  const path = join(newFolder(), 'latchkey.db');

  /** A reader of its own each time, so that no lock and no snapshot of ours is there when the service is killed. */
  async function rows(statement: string): Promise<unknown[]> {
    const database = new BetterSqlite(path, { readonly: true });
    try {
      return database.prepare(statement).all();
    } finally {
      database.close();
    }
  }

  async function expectIntact(): Promise<void> {
    expect(await rows('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(await rows('pragma foreign_key_check')).toEqual([]);
  }

  /** None while the file is only being made. */
  const countTables = () => rows(`select name from sqlite_master where type = 'table'`).then(lengthOf, () => 0);
  return { url: `sqlite:${path}`, rows, countTables, expectIntact, workers: async () => [] };
}

const lengthOf = (rows: unknown[]) => rows.length;

const WORKERS = `select pid from pg_stat_activity where datname = current_database()
  and backend_type = 'client backend' and pid <> pg_backend_pid()`;

async function newPostgres(serverUrl: string): Promise<Inspected> {
  const name = `latchkey_test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(serverUrl, name, 'template0');
  onTestFinished(() => dropDatabase(serverUrl, name));
  const url = `${serverUrl}/${name}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());

  const rows = async (statement: string): Promise<unknown[]> => (await client.query(statement)).rows;
  const workers = async () => (await client.query<{ pid: number }>(WORKERS)).rows.map(({ pid }) => pid);
  const countTables = () => rows(`select tablename from pg_tables where schemaname = 'public'`).then(lengthOf);
  return { url, rows, workers, countTables, expectIntact: async () => {} };
}
