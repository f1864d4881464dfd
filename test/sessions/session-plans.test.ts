// A user may have very many ended sessions: every statement finds what it needs in an index, and stops there.
import { expect, test } from 'vitest';
import { onPostgres, type RunningService, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { addEnded } from './crowd.ts';

const ANN = 'ann@example.com';
/** More than a batch, and enough for PostgreSQL to prefer an index. */
const ENDED = 5_000;

/** Everything that goes by the user: the list, a sign-in, the end of one session, of the others, of all. */
async function use({ api }: RunningService): Promise<void> {
  const [one, other] = [await api.signIn(ANN), await api.signIn(ANN)];
  const { body } = await api.get('/me/sessions?limit=1', one.access_token);
  await api.get(`/me/sessions?limit=1&cursor=${body.next_cursor}`, one.access_token);
  await api.del(`/me/sessions/${other.session_id}`, {}, one.access_token);
  await api.post('/logout', { sessions: 'others', refresh_token: one.refresh_token });
  await api.post('/logout', { sessions: 'all', refresh_token: one.refresh_token });
}

/** One plan for all values, as a prepared statement gets it. */
async function planOf({ database }: RunningService, sql: string): Promise<string> {
  if (!onPostgres) {
    const values = [...sql.matchAll(/\?/g)].map(() => null);
    const steps = await database.em.execute<{ detail: string }[]>(`explain query plan ${sql}`, values);
    return steps.map(({ detail }) => detail).join('\n');
  }
  return database.em.transactional(async (tx) => {
    const values = [...new Set(sql.match(/\$\d+/g))].map(() => 'null').join();
    await tx.execute('set local plan_cache_mode = force_generic_plan');
    await tx.execute(`prepare asked as ${sql}`);
    const lines = await tx.execute<Record<string, string>[]>(`explain execute asked(${values})`);
    await tx.execute('deallocate asked');
    return lines.flatMap(Object.values).join('\n');
  });
}

const THROUGH_INDEX = onPostgres ? /Index (Only )?Scan/ : /SEARCH/;
const THROUGH_TABLE = onPostgres ? /Seq Scan|Bitmap/ : /SCAN/;

/** And what deletes: it goes by the identifiers that were found so. */
const goesByUser = (sql: string) => /^select .*"sessions" where "user_id" =|^delete from "sessions"/s.test(sql);

test('sessions: what goes by the user goes by an index, however many have ended', async () => {
  const service = await startService();
  const { user } = await service.api.signUp({ email: ANN });
  await addEnded(service, user.id, ENDED);
  for (let others = 0; others < 3; others += 1) await addEnded(service, (await service.api.signUp()).user.id, ENDED);
  await service.database.em.execute('analyze sessions');
  const statements = await recordStatements(service);
  await use(service);
  const asked = [...new Set(statements.map((sql) => sql.replaceAll('`', '"')))].filter(goesByUser);
  expect(asked.map((sql) => sql.split(' ')[0]).toSorted()).toEqual(['delete', 'select', 'select', 'select', 'select']);
  for (const sql of asked) {
    const plan = await planOf(service, sql);
    expect(plan, sql).toMatch(THROUGH_INDEX);
    expect(plan, sql).not.toMatch(THROUGH_TABLE);
    if (/is null/.test(sql)) expect(plan, sql).toContain('sessions_live_index');
    if (/is not null/.test(sql)) expect(plan, sql).toContain('sessions_user_index');
    // Sorted only where the clock decides which of the live ones end first: those are few.
    const isSorted = /TEMP B-TREE|Sort/.test(plan);
    expect(isSorted, `${sql}\n${plan}`).toBe(/order by .*idle_expires_at/.test(sql));
  }
});
