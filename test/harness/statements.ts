// test/harness/statements.ts: what the database is asked.
import { onTestFinished, vi } from 'vitest';
import type { RunningService } from './service.ts';

/** Every statement that the database gets from here on, on whatever connection. */
export async function recordStatements({ database }: RunningService): Promise<string[]> {
  const statements: string[] = [];
  const executor = database.em.getKysely().getExecutor();
  const kind = await executor.provideConnection(async (connection) => Object.getPrototypeOf(connection));
  const original = kind.executeQuery;
  const spy = vi.spyOn(kind, 'executeQuery').mockImplementation(function (this: unknown, query, ...more) {
    statements.push(withoutValues((query as { sql: string }).sql));
    return original.call(this, query, ...more);
  });
  onTestFinished(() => spy.mockRestore());
  return statements;
}

/** The ORM writes the values of an insert into its text. */
function withoutValues(sql: string): string {
  return sql.replace(/ values \(.*\)$/s, ' values (...)');
}
