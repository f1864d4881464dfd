// test/bench/presentation.test.ts: the figures of the bench, as people get to see them.
import { expect, test } from 'vitest';
import { plotOf } from '../../bench/suite/plots.ts';
import type { Result } from '../../bench/suite/result.ts';
import { forMarkdown, forTerminal } from '../../bench/suite/tables.ts';

const result: Result = {
  name: 'refresh',
  title: 'Refresh & more',
  note: 'A note.',
  columns: [
    { key: 'cpu', title: 'CPU', digits: 2 },
    { key: 'rss', title: 'RSS', digits: 0 },
  ],
  rows: [
    { contestant: 'latchkey', figures: { cpu: 0.5, rss: null }, rounds: [] },
    { contestant: 'peer', figures: { cpu: 1, rss: null }, rounds: [] },
  ],
  bars: [{ what: 'CPU', relation: 'at most', limit: 0.4, measured: 0.5, unit: 'x' }],
  plot: 'cpu',
};

test('table: a column that nobody has a figure for, left out', () => {
  expect(forMarkdown(result)).toContain('|  | CPU |\n| --- | ---: |\n| latchkey | 0.50 |');
  expect(forTerminal(result)).not.toContain('RSS');
});

test('table: a bar that is missed, said so', () => {
  expect(forTerminal(result)).toMatch(/CPU {2}0\.500 x {3}at most 0\.4 x {2}MISSED/);
});

test('plot: two contestants, one bar half as long as the other, and text that is escaped', () => {
  const svg = plotOf(result) ?? '';
  const widths = [...svg.matchAll(/<rect class="\w+" x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths[1]).toBe(2 * (widths[0] ?? 0));
  expect(svg).toContain('<title>Refresh &amp; more: CPU</title>');
});

test('plot: nothing to draw, no plot', () => {
  expect(plotOf({ ...result, plot: 'rss' })).toBeNull();
  expect(plotOf({ ...result, plot: null })).toBeNull();
});
