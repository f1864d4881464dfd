// What was small when it was closed may be big before it is closed again: no plan may be made for a small table.
import { describe, expect, test } from 'vitest';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';

type Service = Awaited<ReturnType<typeof startService>>;

/** What is done all day long. */
async function use({ api }: Service, refreshToken: string): Promise<void> {
  const { access_token: token } = await api.refresh(refreshToken);
  await api.me(token);
  await api.get('/me/sessions', token);
  const { refresh_token } = await api.signIn('user1@example.com');
  await api.post('/logout', { refresh_token });
}

/** Of a statement, the steps that go through a whole table. */
async function scansOf({ database }: Service, sql: string): Promise<string[]> {
  const values = [...sql.matchAll(/\?/g)].map(() => null);
  const steps = await database.em.execute<{ detail: string }[]>(`explain query plan ${sql}`, values);
  return steps.map(({ detail }) => detail).filter((detail) => /^SCAN (?!CONSTANT)/.test(detail));
}

describe.skipIf(onPostgres)('plans of queries (PostgreSQL keeps its statistics up to date by itself)', () => {
  test('no table is looked through, though there was hardly a row when the database was closed', async () => {
    const shared = { databaseUrl: await newDurableDatabase(), env: { ISSUER: 'http://localhost:3000' } };
    const before = await startService(shared);
    const { tokens } = await before.api.signUp();
    await before.stop();
    const service = await startService({ ...shared, clock: before.clock });
    const statements = await recordStatements(service);
    await use(service, tokens.refresh_token);
    const asked = [...new Set(statements)].filter(
      (sql) => /^(select|update|delete)/.test(sql) && /sessions|users/.test(sql),
    );
    expect(asked.length).toBeGreaterThan(5);
    for (const sql of asked) expect(await scansOf(service, sql), sql).toEqual([]);
  });
});
