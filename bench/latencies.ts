// bench/latencies.ts: many times, told in a few figures.

/** In milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function summarise(times: readonly number[]): Latencies {
  const sorted = times.toSorted((one, other) => one - other);
  /** The nearest rank: a time that was really seen. */
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { count: sorted.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}
