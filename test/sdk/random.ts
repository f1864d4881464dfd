// test/sdk/random.ts: chance that can be repeated.

export type Random = ReturnType<typeof createRandom>;

/** mulberry32. */
export function createRandom(seed: number) {
  let state = seed | 0;

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (limit: number) => Math.floor(next() * limit);

  /** One of the names, in proportion to their weights. */
  function choose<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights).filter((name): name is Name => name in weights);
    let left = next() * names.reduce((sum, name) => sum + weights[name], 0);
    const chosen = names.find((name) => {
      left -= weights[name];
      return left < 0;
    });
    return chosen ?? (names[0] as Name);
  }

  return { next, below, choose };
}
