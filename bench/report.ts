// bench/report.ts: the figures for people.
import { type Bar, isMet } from './bars.ts';
import type { Phase } from './phase.ts';
import type { Figures } from './run.ts';
import type { Storm } from './storm.ts';

type Row = readonly string[];

export function report(figures: Figures, bars: readonly Bar[]): string {
  const tables = [probeTable(figures), signInTable(figures), memoryTable(figures), barTable(bars)];
  return `${tables.map(layOut).join('\n\n')}\n`;
}

function probeTable({ idle, storm, crowd, after }: Figures): Row[] {
  const phases = { idle, storm, crowd, after };
  const rows = Object.entries(phases).flatMap(([name, phase]) => probeRows(name, phase, idle));
  return [['phase', 'probe', 'count', 'p50 ms', 'p99 ms', 'max ms', 'p99 to idle'], ...rows];
}

function probeRows(name: string, { probes, ownLag }: Phase, idle: Phase): Row[] {
  const rows = Object.entries(probes).map(([probe, { count, p50, p99, max }]) => {
    const ratio = p99 / (idle.probes[probe]?.p99 ?? Number.NaN);
    return [name, probe, String(count), digits(p50), digits(p99), digits(max), digits(ratio)];
  });
  return [...rows, [name, '(own lag)', '', '', digits(ownLag.p99), digits(ownLag.max), '']];
}

function signInTable({ storm, crowd }: Figures): Row[] {
  const rows = [...signInRows('storm', storm.signIns), ...signInRows('crowd', crowd.signIns)];
  return [['phase', 'answer', 'count', 'per second', 'p50 ms', 'p99 ms'], ...rows];
}

function signInRows(name: string, { outcomes, seconds }: Storm): Row[] {
  return Object.entries(outcomes).map(([status, { count, p50, p99 }]) => {
    return [name, status, String(count), digits(count / seconds), digits(p50), digits(p99)];
  });
}

function memoryTable({ memory: { before, loaded, after } }: Figures): Row[] {
  const cells = [before.now, loaded.peak, after.now].map((megabytes) => megabytes.toFixed(0));
  return [
    ['memory', 'before MB', 'peak MB', 'after MB'],
    ['', ...cells],
  ];
}

function barTable(bars: readonly Bar[]): Row[] {
  const rows = bars.map((bar) => {
    const { what, limit, measured, unit } = bar;
    return [isMet(bar) ? 'met' : 'MISSED', what, `${digits(measured)} ${unit}`, `at most ${digits(limit)} ${unit}`];
  });
  return [['verdict', 'bar', 'measured', 'limit'], ...rows];
}

function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function layOut(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
