// test/http/stop-writing.ts: takes the database away, in part or altogether, and gives it back.
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import type { RunningService } from '../harness/service.ts';

export const terminateAll = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = ?';

/** Takes the right to write from every connection, as a standby that took over would. Gives back how to undo it. */
export async function stopWriting({ database: { em }, databaseUrl }: RunningService): Promise<() => Promise<unknown>> {
  if (databaseUrl.startsWith('sqlite:')) {
    await em.execute('pragma query_only = on', [], 'run');
    return () => em.execute('pragma query_only = off', [], 'run');
  }
  const name = nameOf(databaseUrl);
  await em.transactional(async (tx) => {
    await tx.execute(`alter database ${name} set default_transaction_read_only = on`);
    // The others reconnect, and are told by the database; our own is told here.
    await tx.execute(`${terminateAll} and pid <> pg_backend_pid()`, [name]);
    await tx.execute('set default_transaction_read_only = on');
  });
  return () =>
    em.transactional(async (tx) => {
      await tx.execute('set transaction read write');
      await tx.execute(`alter database ${name} reset default_transaction_read_only`);
      await tx.execute('set default_transaction_read_only = off');
    });
}

/** Cuts every connection and lets nobody in. PostgreSQL only. Gives back how to undo it. */
export async function takeAway({ databaseUrl }: Pick<RunningService, 'databaseUrl'>): Promise<() => Promise<void>> {
  const name = nameOf(databaseUrl);
  const administrator = new Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await administrator.connect();
  const allow = (answer: boolean) => administrator.query(`alter database ${name} allow_connections ${answer}`);
  await allow(false);
  await administrator.query(terminateAll.replace('?', '$1'), [name]);
  onTestFinished(async () => {
    await allow(true);
    await administrator.end();
  });
  return async () => void (await allow(true));
}

export function nameOf(databaseUrl: string): string {
  return new URL(databaseUrl).pathname.slice(1);
}
