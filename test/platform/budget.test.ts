// Budgets, counted in each of the places where they can be.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AuthError } from '../../src/errors.ts';
import { inLots, type OpenBudget } from '../../src/platform/budget.ts';
import type { Counters } from '../../src/platform/counters.ts';
import { createFileCounters } from '../../src/platform/file-counters.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { openCounters } from '../../src/platform/open-counters.ts';
import { createRedisCounters } from '../../src/platform/redis-counters.ts';
import { createClock } from '../harness/clock.ts';
import { newFolder } from '../harness/folder.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';
import { needs, redis } from '../harness/tools.ts';
import { openRedisServer } from './redis.ts';

const silent = createLogger('silent');
const allowance = { name: 'test', points: 10, seconds: 60 };

async function opened(counters: Counters): Promise<OpenBudget> {
  await counters.prepare();
  onTestFinished(() => counters.close());
  return counters.open;
}

/** In the database of a service, or beside it. */
async function inDatabase(): Promise<OpenBudget> {
  const databaseUrl = await newDurableDatabase();
  const { database } = await startService({ databaseUrl });
  return opened(await openCounters({ redisUrl: null, databaseUrl }, database.em, silent));
}

const places: [name: string, options: ReturnType<typeof needs>, open: () => Promise<OpenBudget>][] = [
  ['the database', {}, inDatabase],
  ['Redis', needs(redis), async () => opened(await createRedisCounters((await openRedisServer()).url, silent))],
];

function takeOften(take: () => Promise<void>, times: number) {
  return Promise.allSettled(Array.from({ length: times }, take));
}

const given = (results: readonly PromiseSettledResult<void>[]) =>
  results.filter(({ status }) => status === 'fulfilled').length;

describe.each(places)('budget: in %s', (_, options, open) => {
  test('of any number at once, none too many is given', options, async () => {
    const budget = (await open())(allowance);
    const results = await takeOften(() => budget.take('one'), 100);
    expect(given(results)).toBe(10);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(AuthError);
      expect(refusal).toMatchObject({ code: 'rate_limited' });
      expect(refusal.details.retryAfterSeconds).toBeGreaterThan(55);
      expect(refusal.details.retryAfterSeconds).toBeLessThanOrEqual(60);
      expect(Number.isInteger(refusal.details.retryAfterSeconds)).toBe(true);
    }
    expect(refusals.filter(({ details }) => details.isFirst)).toHaveLength(1);
    await budget.take('another');
  });

  test('what is put back can be taken again, and what is cleared is all there', options, async () => {
    const budget = (await open())(allowance);
    await takeOften(() => budget.take('one'), 10);
    await budget.putBack('one');
    expect(given(await takeOften(() => budget.take('one'), 3))).toBe(1);
    await budget.clear('one');
    expect(given(await takeOften(() => budget.take('one'), 12))).toBe(10);
  });

  test('what costs more is counted as more', options, async () => {
    const budget = (await open())(allowance);
    await budget.take('one', { points: 9 });
    await budget.take('one');
    await expect(budget.take('one')).rejects.toMatchObject({ code: 'rate_limited' });
  });

  test('a window lasts as long as whoever begins it says', options, async () => {
    const budget = (await open())(allowance);
    await budget.take('one', { points: 10, seconds: 500 });
    const refusal = await budget.take('one').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ details: { retryAfterSeconds: expect.toSatisfy((n: number) => n > 490) } });
  });

  test('what has been added is seen, and so is when it will be forgotten', options, async () => {
    const budget = (await open())(allowance);
    expect(await budget.look('one')).toEqual({ spent: 0, secondsLeft: 0 });
    expect([await budget.add('one'), await budget.add('one')]).toEqual([1, 2]);
    expect(await budget.look('one')).toEqual({ spent: 2, secondsLeft: 60 });
  });

  test('budgets of different names do not touch each other', options, async () => {
    const openBudget = await open();
    await takeOften(() => openBudget(allowance).take('one'), 10);
    await openBudget({ ...allowance, name: 'other' }).take('one');
  });
});

test('budget: in the database, a window ends', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const budget = (await inDatabase())(allowance);
  await takeOften(() => budget.take('one'), 11);
  vi.setSystemTime(Date.now() + 59_000);
  await expect(budget.take('one')).rejects.toMatchObject({ code: 'rate_limited' });
  vi.setSystemTime(Date.now() + 1_001);
  await budget.take('one');
  expect(await budget.look('one')).toMatchObject({ spent: 1 });
});

test('budget: in the database, what is over is swept away, and what is not stays', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const databaseUrl = await newDurableDatabase();
  const { database } = await startService({ databaseUrl });
  const counters = await openCounters({ redisUrl: null, databaseUrl }, database.em, silent);
  const openBudget = await opened(counters);
  const [short, long] = [openBudget(allowance), openBudget({ name: 'long', points: 10, seconds: 3600 })];
  for (let n = 0; n < 7; n += 1) await short.take(String(n));
  await long.take('one');
  expect(await counters.sweep(5)).toBe(0);
  vi.setSystemTime(Date.now() + 60_001);
  expect([await counters.sweep(5), await counters.sweep(5), await counters.sweep(5)]).toEqual([5, 2, 0]);
  expect(await long.look('one')).toMatchObject({ spent: 1 });
});

const newLimitsFile = () => join(newFolder(), 'limits');

test.skipIf(onPostgres)('budget: beside SQLite, a restart does not reset what was counted', async () => {
  const path = newLimitsFile();
  const before = createFileCounters(path, silent);
  await takeOften(() => before.open(allowance).take('one'), 10);
  // Without a farewell, as a process that is killed: what it has counted is there for the next one.
  const budget = (await opened(createFileCounters(path, silent)))(allowance);
  await expect(budget.take('one')).rejects.toMatchObject({ code: 'rate_limited' });
  await before.close();
});

test.skipIf(onPostgres).each<[string, (path: string) => void]>([
  ['in the middle of a page', (path) => truncateSync(path, 6_000)],
  ['in its head', (path) => writeFileSync(path, 'x'.repeat(8_192))],
])('budget: beside SQLite, what a power cut has broken %s is counted anew', async (_, breakFile) => {
  const path = newLimitsFile();
  const before = createFileCounters(path, silent);
  await takeOften(() => before.open(allowance).take('one'), 10);
  await before.close();
  breakFile(path);
  writeFileSync(`${path}-wal`, ''); // nobody has closed it
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line) => void lines.push(line) });
  const budget = (await opened(createFileCounters(path, log)))(allowance);
  expect(given(await takeOften(() => budget.take('one'), 20))).toBe(10);
  expect(lines).toEqual([expect.stringContaining('counting begins anew')]);
});

test('budget: while Redis is away, an instance counts for itself, and says so once', needs(redis), async () => {
  const server = await openRedisServer();
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  const budget = (await opened(await createRedisCounters(server.url, log)))(allowance);
  await takeOften(() => budget.take('one'), 4);
  await server.stop();
  expect(given(await takeOften(() => budget.take('one'), 20))).toBe(10);
  await vi.waitFor(() => expect(lines.filter((line) => line.includes('redis is away'))).toHaveLength(1));
  await server.start();
  await vi.waitFor(() => expect(lines.some((line) => line.includes('redis is back'))).toBe(true), 10_000);
  expect(await budget.look('one')).toMatchObject({ spent: 0 }); // what was counted alone stays alone
  expect(given(await takeOften(() => budget.take('one'), 20))).toBe(10);
});

test('budget: in lots, hardly anything is asked of the store, and no more is given than there is', async () => {
  const clock = createClock();
  const asked: number[] = [];
  let left = 30;
  const budget = (await inDatabase())(allowance);
  const store = {
    ...budget,
    async take(_: string, { points = 1 } = {}) {
      asked.push(points);
      if (left < points) throw new AuthError('rate_limited');
      left -= points;
    },
  };
  const take = inLots(store, { lot: 10, seconds: 60, now: clock.now });
  for (let times = 0; times < 15; times += 1) await take('one');
  expect(asked).toEqual([10, 10]);
  clock.advance({ seconds: 61 }); // the rest of the second lot is lost
  await take('one');
  expect(asked).toEqual([10, 10, 10]);
  for (let times = 0; times < 9; times += 1) await take('one');
  await expect(take('one')).rejects.toMatchObject({ code: 'rate_limited' });
});
