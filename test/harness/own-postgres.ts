// test/harness/own-postgres.ts: a PostgreSQL that one test has for itself, to stop it and to start it again.
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { findPackage } from './postgres-binaries.ts';
import { createDatabase } from './postgres-databases.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { onPostgres } from './service.ts';

/** In the PostgreSQL half of the suite, and where there are binaries to run. */
export const hasOwnPostgres = onPostgres && findPackage() !== null;

export interface OwnPostgres extends PostgresServer {
  readonly databaseUrl: string;
}

/** With one empty database, in which a commit that was answered survives every stop. Gone when the test is over. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const server = await startPostgres(['synchronous_commit=on']);
  onTestFinished(server.stop);
  await createDatabase(server.url, 'latchkey', 'template0');
  return { ...server, databaseUrl: `${server.url}/latchkey` };
}

/** Stops every process of it where it stands, so that it holds all its connections and says nothing. Linux only. */
export async function freeze({ databaseUrl }: OwnPostgres): Promise<() => void> {
  const server = await findServer(databaseUrl);
  process.kill(server, 'SIGSTOP'); // first: from here on it has no further children, and none is forgotten
  const all = [...childrenOf(server), server];
  for (const pid of all) process.kill(pid, 'SIGSTOP');
  const thaw = () => {
    for (const pid of all.splice(0)) process.kill(pid, 'SIGCONT');
  };
  onTestFinished(thaw);
  return thaw;
}

/** The parent of whoever serves a connection. */
async function findServer(connectionString: string): Promise<number> {
  const client = new Client({ connectionString });
  await client.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${rows[0].pid}/stat`, 'utf8')) ?? [];
  await client.end();
  return Number(parent);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}
