// bench/suite/result.ts: what a scenario comes to: rows of figures, and bars that they meet or miss.
import { z } from 'zod';

export const Column = z.object({ key: z.string(), title: z.string(), digits: z.int() });
export type Column = z.infer<typeof Column>;

export const Row = z.object({
  contestant: z.string(),
  /** By the key of a column: medians of the rounds. Null is "not measured". */
  figures: z.record(z.string(), z.number().nullable()),
  /** The same of each round, where there were rounds. */
  rounds: z.array(z.record(z.string(), z.number().nullable())).default([]),
});
export type Row = z.infer<typeof Row>;

export const Bar = z.object({
  what: z.string(),
  relation: z.enum(['at most', 'at least']),
  limit: z.number(),
  measured: z.number().nullable(),
  unit: z.string(),
});
export type Bar = z.infer<typeof Bar>;

export const Result = z.object({
  name: z.string(),
  title: z.string(),
  /** For whoever reads the table alone. */
  note: z.string(),
  columns: z.array(Column),
  rows: z.array(Row),
  bars: z.array(Bar),
  /** Key of the column that is drawn. */
  plot: z.string().nullable(),
});
export type Result = z.infer<typeof Result>;

export const Report = z.object({
  startedAt: z.string(),
  machine: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.union([z.string(), z.number()])),
  results: z.array(Result),
});
export type Report = z.infer<typeof Report>;

/** What was not measured is not met. */
export function isMet({ relation, limit, measured }: Bar): boolean {
  if (measured === null || Number.isNaN(measured)) return false;
  return relation === 'at most' ? measured <= limit : measured >= limit;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The median of each figure, over the rounds. */
export function medians(rounds: readonly Record<string, number>[]): Record<string, number> {
  const keys = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(keys.map((key) => [key, median(rounds.map((round) => round[key] ?? Number.NaN))]));
}

export interface Claim {
  readonly what: string;
  /** Key of a column. */
  readonly figure: string;
  readonly of: string;
  /** A ratio to another contestant, or the figure itself. */
  readonly to?: string;
  readonly relation: Bar['relation'];
  readonly limit: number;
  readonly unit?: string;
}

/**
 * A ratio is the median of those of each round: a machine that becomes slower for a while does so for both sides of it, and
 * the medians of the two can be those of different whiles.
 */
export function judge(rows: readonly Row[], { what, figure, of, to, relation, limit, unit }: Claim): Bar {
  const rowOf = (name: string) => rows.find(({ contestant }) => contestant === name);
  const figureIn = (figures?: Row['figures']) => figures?.[figure] ?? Number.NaN;
  const [one, other] = [rowOf(of), to === undefined ? undefined : rowOf(to)];
  const ratios = one?.rounds.map((round, at) => figureIn(round) / figureIn(other?.rounds[at])) ?? [];
  const ratio = ratios.length > 0 ? median(ratios) : figureIn(one?.figures) / figureIn(other?.figures);
  const measured = to === undefined ? figureIn(one?.figures) : ratio;
  return { what, relation, limit, measured: finite(measured), unit: unit ?? (to === undefined ? '' : 'x') };
}

/** JSON knows no NaN. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
