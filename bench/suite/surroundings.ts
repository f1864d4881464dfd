// bench/suite/surroundings.ts: what a scenario needs around it: folders that go away, databases, a line that says how far it is.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../test/harness/postgres-server.ts';
import type { Place } from './contestants.ts';

export interface Sizes {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Of each session, where its bytes are counted. */
  readonly rotations: number;
  /** In the full database. */
  readonly sessions: number;
}

export interface Surroundings {
  readonly sizes: Sizes;
  say(what: string): void;
  place(cores: string): Promise<Place>;
  /** Removes what was made. Whoever was started must have been stopped. */
  clear(): Promise<void>;
}

/** As durable as SQLite is here: an answered commit is on the disk. The test harness switches that off. */
const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'shared_buffers=256MB'];

export function createSurroundings(sizes: Sizes, say: (what: string) => void): Surroundings {
  const folders: string[] = [];
  let postgres: PostgresServer | null = null;
  let databases = 0;

  async function createDatabase(name: string): Promise<string> {
    postgres ??= await startPostgres(DURABLE);
    databases += 1;
    const database = `${name}_${databases}`;
    const client = new Client({ connectionString: `${postgres.url}/postgres` });
    await client.connect();
    await client.query(`create database ${database}`);
    await client.end();
    return `${postgres.url}/${database}`;
  }

  async function place(cores: string): Promise<Place> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
    folders.push(folder);
    return { folder, cores, postgres: createDatabase };
  }

  function removeFolders(): void {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  async function clear(): Promise<void> {
    await postgres?.stop();
    postgres = null;
    removeFolders();
    process.off('exit', removeFolders);
  }
  process.once('exit', removeFolders); // when the bench is interrupted

  return { sizes, say, place, clear };
}
