import { describe, expect, test } from 'vitest';
import { transact } from '../../src/platform/transaction.ts';
import { onPostgres, startService } from '../harness/service.ts';

/** Two users and a way to lock one of them. */
async function startWithTwo() {
  const { database, api } = await startService();
  const ids = [(await api.signUp()).user.id, (await api.signUp()).user.id];
  const touch = (tx: typeof database.em, id: string) =>
    tx.execute('update users set name = coalesce(name, ?) || ? where id = ?', ['', 'x', id]);
  const names = async () => (await database.em.execute('select name from users order by id')).map(({ name }) => name);
  return { ...database, ids, touch, names };
}

class Sacrificed extends Error {
  readonly code: string;
  constructor(code: string) {
    super('rolled back');
    this.code = code;
  }
}

describe('transact: a transaction that the database gave up', () => {
  test.each(['40001', '40P01'])('is run again (%s), and what it did before counts for nothing', async (code) => {
    const { em, ids, touch, names } = await startWithTwo();
    let attempts = 0;
    await transact(em, async (tx) => {
      for (const id of ids) await touch(tx, id);
      attempts += 1;
      if (attempts < 3) throw new Sacrificed(code);
    });
    expect({ attempts, names: await names() }).toEqual({ attempts: 3, names: ['x', 'x'] });
  });

  test('again and again is told in the end', async () => {
    const { em } = await startWithTwo();
    let attempts = 0;
    const giveUp = transact(em, async () => {
      attempts += 1;
      throw new Sacrificed('40001');
    });
    await expect(giveUp).rejects.toThrow('rolled back');
    expect(attempts).toBe(4);
  });

  test('for any other reason is not run again', async () => {
    const { em } = await startWithTwo();
    let attempts = 0;
    const fail = transact(em, async () => {
      attempts += 1;
      throw new Sacrificed('23505');
    });
    await expect(fail).rejects.toThrow('rolled back');
    expect(attempts).toBe(1);
  });

  test('as a part of another is left to the whole', async () => {
    const { em } = await startWithTwo();
    const attempts = { whole: 0, part: 0 };
    await transact(em, async (tx) => {
      attempts.whole += 1;
      await transact(tx, async () => {
        attempts.part += 1;
        if (attempts.part < 2) throw new Sacrificed('40P01');
      });
    });
    expect(attempts).toEqual({ whole: 2, part: 2 });
  });
});

test.runIf(onPostgres)('transact: two that wait for each other are both done', { timeout: 20_000 }, async () => {
  const { em, ids, touch, names } = await startWithTwo();
  const [one = '', other = ''] = ids;
  const met = Promise.withResolvers<void>();
  let waiting = 0;
  const meet = () => {
    waiting += 1;
    if (waiting === 2) met.resolve();
    return met.promise;
  };
  const both = (first: string, second: string) =>
    transact(em, async (tx) => {
      await touch(tx, first);
      await meet();
      await touch(tx, second);
    });
  await Promise.all([both(one, other), both(other, one)]);
  expect(await names()).toEqual(['xx', 'xx']);
});
