// test/bench/result.test.ts: the bench's own arithmetic: a bar that is wrong would be believed.
import { expect, test } from 'vitest';
import { isMet, judge, median, medians, type Row } from '../../bench/suite/result.ts';

const rows: Row[] = [
  { contestant: 'latchkey', figures: { cpu: 0.3, rate: 900 }, rounds: [] },
  { contestant: 'peer', figures: { cpu: 0.5, rate: 300 }, rounds: [] },
];

test('median: an odd and an even number of rounds, the middle or the mean of both', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 7])).toBe(6);
});

test('medians: several rounds, each figure for itself', () => {
  const rounds = [
    { rate: 1, cpu: 30 },
    { rate: 3, cpu: 10 },
    { rate: 2, cpu: 20 },
  ];
  expect(medians(rounds)).toEqual({ rate: 2, cpu: 20 });
});

test('bar: a ratio at the limit, met; beyond it, missed', () => {
  const claim = { what: 'CPU', figure: 'cpu', of: 'latchkey', to: 'peer', relation: 'at most' } as const;
  expect(judge(rows, { ...claim, limit: 0.6 })).toMatchObject({ measured: 0.6, unit: 'x' });
  expect(isMet(judge(rows, { ...claim, limit: 0.6 }))).toBe(true);
  expect(isMet(judge(rows, { ...claim, limit: 0.59 }))).toBe(false);
});

test('bar: at least so much, met when it is more', () => {
  const claim = { what: 'rate', figure: 'rate', of: 'latchkey', to: 'peer', relation: 'at least' } as const;
  expect(isMet(judge(rows, { ...claim, limit: 3 }))).toBe(true);
  expect(isMet(judge(rows, { ...claim, limit: 3.1 }))).toBe(false);
});

test('bar: a machine that was slow for some rounds, the ratio of each round', () => {
  const rounds = (...cpu: number[]) => cpu.map((value) => ({ cpu: value }));
  const drifting: Row[] = [
    { contestant: 'latchkey', figures: { cpu: 3 }, rounds: rounds(2, 3, 8) },
    { contestant: 'peer', figures: { cpu: 10 }, rounds: rounds(4, 10, 16) },
  ];
  const claim = { what: 'CPU', figure: 'cpu', of: 'latchkey', relation: 'at most', limit: 1 } as const;
  expect(judge(drifting, { ...claim, to: 'peer' }).measured).toBe(0.5);
  expect(judge(drifting, claim).measured).toBe(3);
});

test('bar: what was not measured, never met', () => {
  const claim = { what: 'CPU', figure: 'cpu', of: 'nobody', to: 'peer', limit: 1 } as const;
  expect(isMet(judge(rows, { ...claim, relation: 'at most' }))).toBe(false);
  expect(isMet(judge(rows, { ...claim, relation: 'at least' }))).toBe(false);
});
