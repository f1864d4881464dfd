// test/harness/timing.ts: whether two kinds of request take equally long, told so that chance seldom tells otherwise.

/** One request of each kind; `index` is another one each time. */
export type Pair = readonly [one: (index: number) => Promise<unknown>, other: (index: number) => Promise<unknown>];

const PAIRS = 200;
const WARM_UP = 20;
const ATTEMPTS = 8;

/**
 * The differences of the medians, as parts of the larger one, attempt by attempt until one is below the bound. Both
 * kinds are asked for in turns, and each goes first as often as the other: what slows the machine slows both. An attempt
 * can still be spoiled by a load that meets the halves of pairs unequally. If that happened to one attempt in ten, which
 * is far more than was seen, all of them would be spoiled once in a hundred million runs; what is really there shows
 * in all of them.
 */
export async function differencesOf(pair: Pair, bound: number): Promise<number[]> {
  const differences: number[] = [];
  while (differences.length < ATTEMPTS && !differences.some((difference) => difference < bound)) {
    differences.push(await measure(pair, differences.length * (PAIRS + WARM_UP)));
  }
  return differences;
}

async function measure([one, other]: Pair, first: number): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < PAIRS + WARM_UP; round += 1) {
    const spent = await inTurns(
      round,
      () => timeOf(one, first + round),
      () => timeOf(other, first + round),
    );
    if (round < WARM_UP) continue;
    times[0].push(spent[0]);
    times[1].push(spent[1]);
  }
  const [left, right] = [median(times[0]), median(times[1])];
  return Math.abs(left - right) / Math.max(left, right);
}

async function inTurns(round: number, one: () => Promise<number>, other: () => Promise<number>) {
  if (round % 2 === 0) return [await one(), await other()] as const;
  const second = await other();
  return [await one(), second] as const;
}

async function timeOf(request: (index: number) => Promise<unknown>, index: number): Promise<number> {
  const startedAt = performance.now();
  await request(index);
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
