import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBackground } from '../../src/platform/background.ts';
import { createLogger } from '../../src/platform/logger.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createRunning(work: () => Promise<unknown>) {
  const log: string[] = [];
  const background = createBackground({
    name: 'errand',
    work,
    pauseMs: 1_000,
    log: createLogger('trace', { write: (line) => log.push(line) }),
  });
  return { ...background, log };
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

test('background: nothing runs before the first pause, and nothing at all before the start', async () => {
  const work = vi.fn(async () => {});
  const { start } = createRunning(work);
  await pass(60_000);
  expect(work).toHaveBeenCalledTimes(0);
  start();
  await pass(999);
  expect(work).toHaveBeenCalledTimes(0);
  await pass(1);
  expect(work).toHaveBeenCalledTimes(1);
});

test('background: the pause begins when a run is over, so that two never run at once', async () => {
  const first = Promise.withResolvers<void>();
  const work = vi.fn(() => first.promise);
  const { start } = createRunning(work);
  start();
  await pass(60_000);
  expect(work).toHaveBeenCalledTimes(1);
  first.resolve();
  await pass(999);
  expect(work).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(work).toHaveBeenCalledTimes(2);
});

test('background: a run that fails is logged without what it quotes, and followed by the next one', async () => {
  const error = Object.assign(new Error(`update outbox_mails ... 'ann@example.com'`), { code: '57P01' });
  const work = vi.fn(() => Promise.reject(error));
  const { start, log } = createRunning(work);
  start();
  await pass(3_000);
  expect(work).toHaveBeenCalledTimes(3);
  expect(log).toHaveLength(3);
  expect(log[0]).toContain('"background work failed"');
  expect(log[0]).toContain('57P01');
  expect(log.join('')).not.toContain('example.com');
});

test('background: a stop between two runs is the end', async () => {
  const work = vi.fn(async () => {});
  const { start, stop } = createRunning(work);
  start();
  await pass(1_500);
  await stop();
  await pass(60_000);
  expect(work).toHaveBeenCalledTimes(1);
});

test.each(['succeeds', 'fails'])(
  'background: a stop waits for the run that goes on and then %s, and it is the last',
  async (end) => {
    const run = Promise.withResolvers<void>();
    const work = vi.fn(() => run.promise);
    const stopped = vi.fn();
    const { start, stop } = createRunning(work);
    start();
    await pass(1_000);
    const stopping = stop().then(stopped);
    await pass(60_000);
    expect(stopped).toHaveBeenCalledTimes(0);
    if (end === 'fails') run.reject(new Error('broken'));
    else run.resolve();
    await stopping;
    await pass(60_000);
    expect(work).toHaveBeenCalledTimes(1);
  },
);

test('background: what was never started stops at once', async () => {
  const { stop } = createRunning(async () => {});
  await expect(stop()).resolves.toBeUndefined();
});
