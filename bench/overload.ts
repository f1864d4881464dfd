// bench/overload.ts: what a storm of sign-ins does to everybody else. docs/overload.md says how to read it.
import { parseArgs } from 'node:util';
import { HASH_FLOOR } from '../src/environment.ts';
import { barsOf, isMet } from './bars.ts';
import { report } from './report.ts';
import { runOnce } from './run.ts';
import { laneSize } from './settings.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
  },
});

const { concurrency, queue } = laneSize();
const figures = await runOnce({ seconds: Number(options.seconds), stormy: 64, crowded: concurrency + queue + 100 });
const bars = barsOf(figures, { hashMemory: (concurrency * HASH_FLOOR.memoryKiB * 1024) / 1e6 });
const verdicts = bars.map((bar) => ({ ...bar, met: isMet(bar) }));

process.stdout.write(options.json ? `${JSON.stringify({ figures, verdicts }, null, 2)}\n` : report(figures, bars));
process.exit(verdicts.every(({ met }) => met) ? 0 : 1);
