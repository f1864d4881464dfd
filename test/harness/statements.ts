// test/harness/statements.ts: what the database is asked.
import BetterSqlite from 'better-sqlite3';
import { onTestFinished, vi } from 'vitest';
import { onPostgres, type RunningService } from './service.ts';

/** Every statement that the database gets from here on, on whatever connection. */
export async function recordStatements(service: RunningService): Promise<string[]> {
  const statements: string[] = [];
  const note = (sql: string) => statements.push(withoutValues(sql));
  await (onPostgres ? listenToPostgres(service, note) : listenToSqlite(note));
  return statements;
}

async function listenToPostgres({ database }: RunningService, note: (sql: string) => void): Promise<void> {
  const executor = database.em.getKysely().getExecutor();
  const kind = await executor.provideConnection(async (connection) => Object.getPrototypeOf(connection));
  const original = kind.executeQuery;
  const spy = vi.spyOn(kind, 'executeQuery').mockImplementation(function (this: unknown, query, ...more) {
    note((query as { sql: string }).sql);
    return original.call(this, query, ...more);
  });
  onTestFinished(() => spy.mockRestore());
}

/** Beside Kysely there is a shortcut for reading, so that it is the statements themselves that are listened to. */
function listenToSqlite(note: (sql: string) => void): void {
  const kind: BetterSqlite.Statement = Object.getPrototypeOf(new BetterSqlite(':memory:').prepare('select 1'));
  for (const method of ['all', 'run'] as const) {
    const original = kind[method] as (...parameters: unknown[]) => never;
    const spy = vi.spyOn(kind, method).mockImplementation(function (this: unknown, ...parameters) {
      note((this as BetterSqlite.Statement).source.replace(/^begin immediate$/, 'begin'));
      return original.apply(this, parameters);
    });
    onTestFinished(() => spy.mockRestore());
  }
}

/** The ORM writes the values of an insert into its text. */
function withoutValues(sql: string): string {
  return sql.replace(/ values \(.*\)$/s, ' values (...)');
}
