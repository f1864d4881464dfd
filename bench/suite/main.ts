// bench/suite/main.ts: `npm run bench [scenario...]`. docs/performance.md says how to read what comes out.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runContest } from './contest.ts';
import { machine } from './machine.ts';
import { pinSelf } from './pinning.ts';
import { createProgress } from './progress.ts';
import { isMet, type Report, type Result } from './result.ts';
import { contests } from './scenarios/contests.ts';
import { runDatabase } from './scenarios/database.ts';
import { runMemory } from './scenarios/memory.ts';
import { runStartUp } from './scenarios/start-up.ts';
import { runStorm } from './scenarios/storm.ts';
import { runVerifier } from './scenarios/verifier.ts';
import { createSurroundings, type Sizes, type Surroundings } from './surroundings.ts';
import { forTerminal } from './tables.ts';

const RESULTS = 'bench/results';

const scenarios = new Map<string, (around: Surroundings) => Promise<Result>>([
  ...contests.map((contest) => [contest.name, (around: Surroundings) => runContest(contest, around)] as const),
  ['verifier', runVerifier],
  ['storm', runStorm],
  ['start-up', runStartUp],
  ['memory', runMemory],
  ['database', runDatabase],
]);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Shows that everything works; the figures say nothing. */
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    sessions: { type: 'string' },
  },
});

const usual: Sizes = options.quick
  ? { rounds: 1, seconds: 1, warmUpSeconds: 0.5, rotations: 20, sessions: 5_000 }
  : { rounds: 5, seconds: 5, warmUpSeconds: 4, rotations: 1_000, sessions: 1_000_000 };
const sizes: Sizes = {
  ...usual,
  rounds: Number(options.rounds ?? usual.rounds),
  seconds: Number(options.seconds ?? usual.seconds),
  sessions: Number(options.sessions ?? usual.sessions),
};

const names = positionals.length > 0 ? positionals : [...scenarios.keys()];
const unknown = names.filter((name) => !scenarios.has(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}. There are: ${[...scenarios.keys()].join(', ')}.\n`);
  process.exit(2);
}

if (!existsSync('bench/node_modules/undici')) {
  process.stderr.write('The bench has an install of its own: npm ci --prefix bench\n');
  process.exit(2);
}
pinSelf();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const progress = createProgress(process.stderr);
const report: Report = { startedAt: new Date().toISOString(), machine: machine(), settings: { ...sizes }, results: [] };
const file = join(RESULTS, `${report.startedAt.replaceAll(':', '-').slice(0, 19)}.json`);
const failed: string[] = [];
await mkdir(RESULTS, { recursive: true });
for (const name of names) await runOne(name);
progress.clear();

const missed = report.results.flatMap(({ name, bars }) =>
  bars.filter((bar) => !isMet(bar)).map(({ what }) => `${name}: ${what}`),
);
if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.stderr.write(`\n${file}\n${[...missed.map((bar) => `missed: ${bar}`), ...failed].join('\n')}\n`);
process.exit(missed.length + failed.length > 0 ? 1 : 0);

/** One that breaks does not take the others with it. */
async function runOne(name: string): Promise<void> {
  const around = createSurroundings(sizes, progress.say);
  try {
    const result = await scenarios.get(name)?.(around);
    if (!result) return;
    report.results.push(result);
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
    progress.clear();
    if (!options.json) process.stdout.write(forTerminal(result));
  } catch (error) {
    failed.push(`broken: ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await around.clear();
  }
}
