// test/chaos/chance.ts: dice that fall the same way again for the same seed.

export type Chance = ReturnType<typeof createChance>;

export function createChance(seed: number) {
  let state = seed >>> 0;

  /** From 0 up to 1, without 1 (mulberry32). */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const between = (from: number, to: number) => from + Math.floor(next() * (to - from));

  /** How often one in so many times. */
  const oneIn = (times: number) => between(0, times) === 0;

  function pick<Item>(items: readonly Item[]): Item {
    const item = items[between(0, items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  return { fraction: next, between, oneIn, pick };
}
