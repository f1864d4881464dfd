import { describe, expect, test } from 'vitest';
import { createGroupCommit } from '../../src/platform/group-commit.ts';
import { onPostgres, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';

/** A row to write to, and every statement that is sent. */
async function start() {
  const service = await startService();
  const { user } = await service.api.signUp();
  const { em } = service.database;
  const commit = createGroupCommit(em);
  const append = (letter: string) =>
    commit(async (tx) => {
      await tx.execute('update users set name = coalesce(name, ?) || ? where id = ?', ['', letter, user.id]);
      return letter;
    });
  const name = async () => (await em.execute('select name from users where id = ?', [user.id]))[0]?.name;
  return { service, em, commit, append, name };
}

const LETTERS = [...'abcdefgh'];

describe.skipIf(onPostgres)('group commit (SQLite has one writer; PostgreSQL groups by itself)', () => {
  test('all that come at once are answered, in their order, with one commit', async () => {
    const { service, append, name } = await start();
    const statements = await recordStatements(service);
    expect(await Promise.all(LETTERS.map(append))).toEqual(LETTERS);
    expect(statements.filter((sql) => sql === 'commit')).toHaveLength(1);
    expect(await name()).toBe('abcdefgh');
  });

  test('all that arrive in one turn of the event loop share a commit, though each is read for itself', async () => {
    const { service, append, name } = await start();
    const statements = await recordStatements(service);
    const arrive = (letter: string) =>
      new Promise<string>((resolve) => process.nextTick(() => resolve(append(letter)))); // microtasks run between them
    expect(await Promise.all(LETTERS.map(arrive))).toEqual(LETTERS);
    expect(statements.filter((sql) => sql === 'commit')).toHaveLength(1);
    expect(await name()).toBe('abcdefgh');
  });

  test('one that comes alone has a transaction of its own', async () => {
    const { service, append } = await start();
    const statements = await recordStatements(service);
    await append('a');
    await append('b');
    expect(statements.filter((sql) => sql === 'commit')).toHaveLength(2);
  });

  test('nobody is answered before the commit', async () => {
    const { service, append } = await start();
    const statements = await recordStatements(service);
    const seen = LETTERS.map((letter) => append(letter).then(() => statements.at(-1)));
    expect(new Set(await Promise.all(seen))).toEqual(new Set(['commit']));
  });

  test('one that fails takes nobody with it, and leaves nothing', async () => {
    const { append, commit, name, em } = await start();
    const failing = commit(async (tx) => {
      await tx.execute("update users set name = 'spoiled'");
      throw new Error('not this one');
    });
    const results = await Promise.allSettled([append('a'), append('b'), failing, append('c'), append('d')]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await name()).toBe('abcd');
    expect(await append('e')).toBe('e');
    expect(await em.execute("select count(*) as spoiled from users where name like '%spoiled%'")).toEqual([
      { spoiled: 0 },
    ]);
  });

  test('a commit that fails is told to everybody it was for', async () => {
    const { service, append } = await start();
    await service.database.em.execute('pragma query_only = on');
    const statements = await recordStatements(service);
    const results = await Promise.allSettled(LETTERS.map(append));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(statements.filter((sql) => sql === 'begin')).toHaveLength(1); // nobody waits for it again
    await service.database.em.execute('pragma query_only = off');
    expect(await append('z')).toBe('z');
  });

  test('more than fit into one commit go into the next', async () => {
    const { service, append, name } = await start();
    const statements = await recordStatements(service);
    await Promise.all(Array.from({ length: 200 }, () => append('x')));
    expect(statements.filter((sql) => sql === 'commit')).toHaveLength(4);
    expect(await name()).toHaveLength(200);
  });
});
