// test/ship/drain.ts: how long a stop may take, as main.ts says it.
import { readFileSync } from 'node:fs';

/** In seconds. */
export function drainSeconds(): number {
  const [, digits = ''] = /DRAIN_DEADLINE_MS = ([\d_]+);/.exec(readFileSync('src/main.ts', 'utf8')) ?? [];
  if (digits === '') throw new Error('src/main.ts has no DRAIN_DEADLINE_MS.');
  return Number(digits.replaceAll('_', '')) / 1000;
}
