import type { SqlEntityManager } from '@mikro-orm/sql';
import { describe, expect, test } from 'vitest';
import { type Query, query, type Table } from '../../src/platform/query.ts';
import { insertion, statement } from '../../src/platform/statement.ts';
import { transact } from '../../src/platform/transaction.ts';
import { Session } from '../../src/sessions/session.ts';
import { startService } from '../harness/service.ts';

interface Tables {
  Session: Table<typeof Session>;
}

const BOUNDARY = new Date('2031-02-03T04:05:06.789Z');
const NOBODY = '0190a000-0000-7000-8000-000000000000';

const byId = statement((db: Query<Tables>, { id }: { id: string }) =>
  db.selectFrom('Session').selectAll().where('id', '=', id),
);

const expiring = statement((db: Query<Tables>, { from, to }: { from: Date; to: Date }) =>
  db.selectFrom('Session').select(['id', 'expiresAt']).where('expiresAt', '>=', from).where('expiresAt', '<', to),
);

interface Change {
  readonly id: string;
  readonly expiresAt: Date;
  readonly userAgent: string | null;
  readonly remembered: boolean;
}

const change = statement((db: Query<Tables>, { id, expiresAt, userAgent, remembered }: Change) =>
  db.updateTable('Session').set({ expiresAt, userAgent, remembered }).where('id', '=', id),
);

const insertSession = insertion(Session);

/** As the database has it. */
async function raw(em: SqlEntityManager, id: string): Promise<object> {
  const [row] = await em.execute<object[]>('select * from sessions where id = ?', [id]);
  return row ?? {};
}

/** Two sessions. */
async function startWithTwo() {
  const { api, database } = await startService();
  const [one, two] = [await api.signUp(), await api.signUp()].map(({ tokens }) => tokens.session_id);
  if (one === undefined || two === undefined) throw new Error('There are not two sessions.');
  return { em: database.em, one, two };
}

describe('a statement that is written once', () => {
  test('finds what the same query finds, in the same form', async () => {
    const { em, one, two } = await startWithTwo();
    for (const id of [one, two]) {
      const [row] = await query<Tables>(em).selectFrom('Session').selectAll().where('id', '=', id).execute();
      expect(await byId.first(em, { id })).toEqual(row);
    }
    expect(await byId.first(em, { id: one })).toMatchObject({ id: one, amr: ['pwd'], endedAt: null });
  });

  test('finds nothing where there is nothing', async () => {
    const { em } = await startWithTwo();
    expect(await byId.first(em, { id: NOBODY })).toBeNull();
    expect(await byId.all(em, { id: NOBODY })).toEqual([]);
    expect(await change.change(em, { id: NOBODY, expiresAt: BOUNDARY, userAgent: null, remembered: true })).toBe(0);
  });

  test.each([
    { userAgent: null, remembered: true },
    { userAgent: "it's", remembered: false },
  ])('takes values of every kind: %o', async (values) => {
    const { em, one, two } = await startWithTwo();
    const untouched = await byId.first(em, { id: two });
    expect(await change.change(em, { id: one, expiresAt: BOUNDARY, ...values })).toBe(1);
    expect(await byId.first(em, { id: one })).toMatchObject({ expiresAt: BOUNDARY, ...values });
    expect(await byId.first(em, { id: two })).toEqual(untouched);
    const to = new Date(BOUNDARY.getTime() + 1);
    expect(await expiring.all(em, { from: BOUNDARY, to })).toEqual([{ id: one, expiresAt: BOUNDARY }]);
    expect(await expiring.all(em, { from: to, to })).toEqual([]);
  });

  test('puts a row in as the ORM does', async () => {
    const { em, one, two } = await startWithTwo();
    const row = await byId.first(em, { id: one });
    if (!row) throw new Error('It has just been made.');
    const other = { ...row, id: NOBODY, amr: ['pwd', 'a "quoted" one'], remembered: true, endedAt: BOUNDARY };
    expect(await insertSession.change(em, other)).toBe(1);
    expect(await byId.first(em, { id: NOBODY })).toEqual(other);
    expect(await em.fork().findOneOrFail(Session, NOBODY)).toMatchObject(other);
    await em.nativeDelete(Session, { id: two });
    await em.insert(Session, { ...other, id: two });
    expect(await raw(em, two)).toEqual({ ...(await raw(em, NOBODY)), id: two });
  });

  test('takes part in the transaction it is given, and in no other', async () => {
    const { em, one } = await startWithTwo();
    const before = await byId.first(em, { id: one });
    const undone = transact(em, async (tx) => {
      await change.change(tx, { id: one, expiresAt: BOUNDARY, userAgent: null, remembered: true });
      expect(await byId.first(tx, { id: one })).toMatchObject({ expiresAt: BOUNDARY });
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(await byId.first(em, { id: one })).toEqual(before);
  });

  test('sees nothing of what others have not committed', async () => {
    const { em, one } = await startWithTwo();
    const before = await byId.first(em, { id: one });
    const [changed, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const undone = transact(em, async (tx) => {
      await change.change(tx, { id: one, expiresAt: BOUNDARY, userAgent: null, remembered: true });
      changed.resolve();
      await over.promise;
      throw new Error('no');
    });
    await changed.promise;
    const seen = byId.first(em, { id: one });
    over.resolve();
    await expect(undone).rejects.toThrow('no');
    expect(await seen).toEqual(before);
  });

  test('goes to the database that is asked, and not to the one that was asked first', async () => {
    const [here, there] = [await startWithTwo(), await startWithTwo()];
    expect(await byId.first(here.em, { id: here.one })).not.toBeNull();
    expect(await byId.first(there.em, { id: here.one })).toBeNull();
    expect(await byId.first(there.em, { id: there.one })).not.toBeNull();
  });
});
