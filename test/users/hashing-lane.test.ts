import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHashingLane, type LaneSize } from '../../src/users/hashing-lane.ts';

const overloaded = expect.objectContaining({ code: 'overloaded' });

/** A lane, and jobs that run until they are told to end. */
function createWorks(size: LaneSize) {
  const lane = createHashingLane(size);
  const started: number[] = [];
  const ends: ((failure?: Error) => void)[] = [];

  function send(name: number, gone?: AbortSignal): Promise<number> {
    return lane.run(() => {
      started.push(name);
      return new Promise((resolve, reject) => {
        ends[name] = (failure) => (failure ? reject(failure) : resolve(name));
      });
    }, gone);
  }

  /** Returns when whatever that sets in motion has come to rest. */
  async function end(name: number, failure?: Error): Promise<void> {
    await settled();
    ends[name]?.(failure);
    await settled();
  }

  return { send, started, end, load: lane.load };
}

test('hashing lane: no more than its places run, the rest wait in line', async () => {
  const { send, started, end } = createWorks({ concurrency: 2, queue: 3 });
  const jobs = [0, 1, 2, 3, 4].map((name) => send(name));
  await settled();
  expect(started).toEqual([0, 1]);
  await end(1);
  expect(started).toEqual([0, 1, 2]);
  await end(0);
  expect(started).toEqual([0, 1, 2, 3]);
  for (const name of [2, 3, 4]) await end(name);
  expect(await Promise.all(jobs)).toEqual([0, 1, 2, 3, 4]);
});

test('hashing lane: who finds the line full is told at once, while the others still run', async () => {
  const { send, started, end } = createWorks({ concurrency: 1, queue: 1 });
  const jobs = [send(0), send(1)];
  await expect(send(2)).rejects.toEqual(overloaded);
  expect(started).toEqual([0]);
  for (const name of [0, 1]) await end(name);
  expect(await Promise.all(jobs)).toEqual([0, 1]);
  expect(started).toEqual([0, 1]);
});

test('hashing lane: without a line there is only now or not', async () => {
  const { send, end } = createWorks({ concurrency: 1, queue: 0 });
  const running = send(0);
  await expect(send(1)).rejects.toEqual(overloaded);
  await end(0);
  expect(await running).toBe(0);
});

test('hashing lane: a place is free again after its job', async () => {
  const { send, end } = createWorks({ concurrency: 1, queue: 0 });
  for (const name of [0, 1, 2]) {
    const job = send(name);
    await end(name);
    expect(await job).toBe(name);
  }
});

test('hashing lane: a place in line is free again as soon as its holder runs', async () => {
  const { send, started, end } = createWorks({ concurrency: 1, queue: 1 });
  const jobs = [send(0), send(1)];
  await end(0);
  jobs.push(send(2));
  await expect(send(3)).rejects.toEqual(overloaded);
  for (const name of [1, 2]) await end(name);
  expect(await Promise.all(jobs)).toEqual([0, 1, 2]);
  expect(started).toEqual([0, 1, 2]);
});

describe('hashing lane: a job that fails', () => {
  test('tells its own caller and frees its place', async () => {
    const { send, end } = createWorks({ concurrency: 1, queue: 1 });
    const [failing, waiting] = [send(0), send(1)];
    const failed = expect(failing).rejects.toThrow('no memory');
    await end(0, new Error('no memory'));
    await failed;
    await end(1);
    expect(await waiting).toBe(1);
  });

  test('also when it fails before it has begun', async () => {
    const lane = createHashingLane({ concurrency: 1, queue: 0 });
    const fail = () => {
      throw new Error('at once');
    };
    await expect(lane.run(fail)).rejects.toThrow('at once');
    expect(await lane.run(async () => 'next')).toBe('next');
  });
});

describe('hashing lane: somebody who has gone', () => {
  test('leaves the line, and the next in it moves up', async () => {
    const { send, started, end, load } = createWorks({ concurrency: 1, queue: 2 });
    const leaving = new AbortController();
    const jobs = [send(0), send(1, leaving.signal), send(2)];
    const left = expect(jobs[1]).rejects.toEqual(overloaded);
    await expect(send(3)).rejects.toEqual(overloaded);
    leaving.abort();
    await left;
    expect(load()).toEqual({ running: 1, waiting: 1 });
    const late = send(4); // in the place that has become free
    for (const name of [0, 2, 4]) await end(name);
    expect(await Promise.all([jobs[0], jobs[2], late])).toEqual([0, 2, 4]);
    expect(started).toEqual([0, 2, 4]);
    expect(load()).toEqual({ running: 0, waiting: 0 });
  });

  test('before the turn has come, takes none', async () => {
    const { send, started } = createWorks({ concurrency: 1, queue: 0 });
    await expect(send(0, AbortSignal.abort())).rejects.toEqual(overloaded);
    expect(started).toEqual([]);
  });

  test('while the hash runs, changes nothing', async () => {
    const { send, end } = createWorks({ concurrency: 1, queue: 1 });
    const leaving = new AbortController();
    const jobs = [send(0, leaving.signal), send(1, leaving.signal)];
    await end(0);
    leaving.abort();
    await end(1);
    expect(await Promise.all(jobs)).toEqual([0, 1]);
  });
});

test('hashing lane: the time in line is measured, from the coming to the turn', async () => {
  const told: string[] = [];
  const lane = createHashingLane({
    concurrency: 1,
    queue: 1,
    timeWait: () => {
      told.push('came');
      return () => void told.push('turn');
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = lane.run(() => promise);
  const second = lane.run(async () => void told.push('runs'));
  await expect(lane.run(async () => {})).rejects.toEqual(overloaded);
  await settled();
  expect(told).toEqual(['came', 'turn', 'came']);
  resolve();
  await Promise.all([first, second]);
  expect(told).toEqual(['came', 'turn', 'came', 'turn', 'runs']);
});

interface Plan {
  readonly size: LaneSize;
  readonly fails: readonly boolean[];
}

/** Jobs arrive and end in any order that the scheduler can think of; in the end their fates are compared with ours. */
async function play(scheduler: fc.Scheduler, { size, fails }: Plan) {
  const lane = createHashingLane(size);
  const accepted: number[] = [];
  const started: number[] = [];
  let running = 0;
  let inside = 0;
  let most = 0;

  async function work(name: number): Promise<void> {
    started.push(name);
    running += 1;
    most = Math.max(most, running);
    await scheduler.schedule(Promise.resolve(), `end ${name}`);
    running -= 1;
    if (fails[name]) throw new Error(`failed ${name}`);
  }

  async function arrive(name: number): Promise<void> {
    await scheduler.schedule(Promise.resolve(), `arrive ${name}`);
    const isFull = inside >= size.concurrency + size.queue;
    if (!isFull) accepted.push(name);
    inside += 1;
    const fate = await lane
      .run(() => work(name))
      .then(
        () => 'done',
        (error: Error) => error.message,
      );
    inside -= 1;
    expect(fate).toBe(isFull ? 'overloaded' : fails[name] ? `failed ${name}` : 'done');
  }

  const jobs = Promise.all(fails.map((_, name) => arrive(name)));
  await scheduler.waitFor(jobs);
  return { accepted, started, most, left: { running, inside } };
}

test('hashing lane: whatever arrives and ends when, its bounds and its order hold', async () => {
  const size = fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), queue: fc.integer({ min: 0, max: 3 }) });
  const plan = fc.record({ size, fails: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }) });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (scheduler, wanted) => {
      const { accepted, started, most, left } = await play(scheduler, wanted);
      expect(started).toEqual(accepted);
      expect(most).toBeLessThanOrEqual(wanted.size.concurrency);
      expect(left).toEqual({ running: 0, inside: 0 });
    }),
    { numRuns: 300 },
  );
});
