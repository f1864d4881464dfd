import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { lookUp } from '../../src/platform/look-up.ts';
import { type Query, query, type Table } from '../../src/platform/query.ts';
import { statement } from '../../src/platform/statement.ts';
import { transact } from '../../src/platform/transaction.ts';
import type { Session } from '../../src/sessions/session.ts';
import { onPostgres, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';

interface Tables {
  Session: Table<typeof Session>;
}

const NOBODY = '0190a000-0000-7000-8000-000000000000';

const sessions = (db: Query<Tables>) => db.selectFrom('Session').select(['id', 'generation', 'amr', 'createdAt']);

const statements = {
  one: statement((db: Query<Tables>, { id }: { id: string }) => sessions(db).where('id', '=', id)),
  several: statement((db: Query<Tables>, { ids }: { ids: string }) =>
    sessions(db).where('id', '=', sql<string>`any(${ids})`),
  ),
};

const find = lookUp(statements);

/** Of so many sessions, oldest first. */
async function startWith(count: number) {
  const service = await startService();
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await service.api.signUp()).tokens.session_id);
  return { service, em: service.database.em, ids };
}

describe('rows by their identifiers', () => {
  test('are found as a query for each of them finds them, whoever asks at the same time', async () => {
    const { em, ids } = await startWith(3);
    const [first = '', second = '', third = ''] = ids;
    const wanted = [second, first, NOBODY, second, third];
    const alone = await Promise.all(wanted.map((id) => statements.one.first(em, { id })));
    expect(alone.map((row) => row?.id)).toEqual([second, first, undefined, second, third]);
    expect(await Promise.all(wanted.map((id) => find(em, id)))).toEqual(alone);
  });

  test.runIf(onPostgres)('are asked for together where an answer takes time', async () => {
    const { em, ids, service } = await startWith(3);
    const asked = await recordStatements(service);
    await Promise.all([...ids, ...ids, NOBODY].map((id) => find(em, id)));
    expect(asked).toEqual([expect.stringMatching(/ from "sessions" where "id" = any/)]);
  });

  test('are looked at anew by whoever asks later', async () => {
    const { em, ids } = await startWith(1);
    const [id = ''] = ids;
    expect(await find(em, id)).toMatchObject({ id, generation: 0 });
    await query<Tables>(em).updateTable('Session').set({ generation: 7 }).where('id', '=', id).execute();
    expect(await find(em, id)).toMatchObject({ id, generation: 7 });
  });

  test('are asked for in the transaction that they are wanted in, and in no other', async () => {
    const { em, ids } = await startWith(1);
    const [id = ''] = ids;
    const [changed, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const undone = transact(em, async (tx) => {
      await query<Tables>(tx).updateTable('Session').set({ generation: 7 }).where('id', '=', id).execute();
      changed.resolve();
      const seen = await Promise.all([find(em, id), find(tx, id)]); // in here both are the same
      expect(seen.map((row) => row?.generation)).toEqual([7, 7]);
      await over.promise;
      throw new Error('no');
    });
    await changed.promise;
    const outside = find(em, id); // in the same turn
    over.resolve();
    await expect(undone).rejects.toThrow('no');
    expect(await outside).toMatchObject({ generation: 0 });
  });

  test('of two databases are not mixed up', async () => {
    const [here, there] = [await startWith(1), await startWith(1)];
    const [mine = '', theirs = ''] = [here.ids[0], there.ids[0]];
    const found = await Promise.all([find(here.em, mine), find(there.em, mine), find(there.em, theirs)]);
    expect(found.map((row) => row?.id)).toEqual([mine, undefined, theirs]);
  });

  test.runIf(onPostgres)('that cannot be had are the trouble of all who asked, and of nobody after them', async () => {
    const { em, ids } = await startWith(1);
    const [id = ''] = ids;
    const asked = await Promise.allSettled([find(em, id), find(em, 'no identifier')]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await find(em, id)).toMatchObject({ id });
  });
});
