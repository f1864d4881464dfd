// bench/bars.ts: what has to be true of the figures.
import type { Latencies } from './latencies.ts';
import type { Figures } from './run.ts';

export interface Bar {
  readonly what: string;
  readonly limit: number;
  readonly measured: number;
  readonly unit: string;
}

/** NaN, for what was never measured, is no success. */
export const isMet = ({ measured, limit }: Bar) => measured <= limit;

interface Parts {
  /** Megabytes that all hashes of the lane take together. */
  readonly hashMemory: number;
}

export function barsOf(figures: Figures, { hashMemory }: Parts): Bar[] {
  return [...latencyBars(figures), ...refusalBars(figures), ...soundnessBars(figures), memoryBar(figures, hashMemory)];
}

function latencyBars({ idle, storm, after }: Figures): Bar[] {
  return Object.entries(idle.probes).flatMap(([name, quiet]) => {
    const [stormy, later] = [storm.probes[name], after.probes[name]];
    return [
      { what: `${name}: p99 in the storm`, limit: 250, measured: p99(stormy), unit: 'ms' },
      { what: `${name}: p99 in the storm, to idle`, limit: 3, measured: p99(stormy) / quiet.p99, unit: 'x' },
      { what: `${name}: p99 from 5 s after, to idle`, limit: 1.5, measured: p99(later) / quiet.p99, unit: 'x' },
    ];
  });
}

function p99(latencies: Latencies | undefined): number {
  return latencies?.p99 ?? Number.NaN;
}

function refusalBars({ crowd: { signIns } }: Figures): Bar[] {
  const { outcomes, refusedWithoutRetryAfter } = signIns;
  return [
    { what: 'refusals in the crowd: p99', limit: 100, measured: p99(outcomes[503]), unit: 'ms' },
    { what: 'refusals without Retry-After', limit: 0, measured: refusedWithoutRetryAfter, unit: '' },
  ];
}

function soundnessBars({ idle, storm, crowd, after, crashes }: Figures): Bar[] {
  const failures = [idle, storm, crowd, after].flatMap((phase) => phase.failures);
  const strange = [storm, crowd].flatMap(({ signIns }) => Object.keys(signIns.outcomes)).filter(isStrange);
  return [
    { what: 'crashes', limit: 0, measured: crashes, unit: '' },
    { what: 'probes that failed', limit: 0, measured: failures.length, unit: '' },
    { what: 'sign-ins with another answer than 200, 400, 503', limit: 0, measured: strange.length, unit: '' },
  ];
}

function isStrange(status: string): boolean {
  return !['200', '400', '503'].includes(status);
}

function memoryBar({ memory: { before, loaded } }: Figures, hashMemory: number): Bar {
  return { what: 'peak memory', limit: before.now + hashMemory + 100, measured: loaded.peak, unit: 'MB' };
}
