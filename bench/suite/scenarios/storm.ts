// bench/suite/scenarios/storm.ts: what sign-ins that take all there is do to a refresh and to the keys, and these to the sign-ins.
import { forgetPeak, memoryOf } from '../../memory.ts';
import { contestant, PEOPLE } from '../contestants.ts';
import { type Load, startLoad } from '../load-process.ts';
import type { Weather } from '../orders.ts';
import { type Bar, type Column, finite, judge, medians, type Result, type Row } from '../result.ts';
import type { Surroundings } from '../surroundings.ts';

const NAME = 'latchkey';
const modes = ['idle', 'sign-ins', 'both'] as const;
type Mode = (typeof modes)[number];
type Rounds = Record<Mode, Record<string, number>[]>;

/** The probes of the overload bench that are claimed here. */
const watched = ['refresh', 'jwks'];

const columns: Column[] = [
  { key: 'refresh p50', title: 'refresh p50 ms', digits: 2 },
  { key: 'refresh p99', title: 'refresh p99 ms', digits: 2 },
  { key: 'jwks p50', title: 'JWKS p50 ms', digits: 2 },
  { key: 'jwks p99', title: 'JWKS p99 ms', digits: 2 },
  { key: 'signIns', title: 'sign-ins/s', digits: 1 },
  { key: 'peak', title: 'peak RSS MB', digits: 0 },
];

/** Whoever probes does nothing else. */
interface Crews {
  readonly watch: Load;
  readonly crowd: Load;
}

export async function runStorm(around: Surroundings): Promise<Result> {
  const crews = { watch: startLoad(), crowd: startLoad() };
  around.say('storm: latchkey starts');
  const server = await contestant(NAME).start(await around.place('0,1'));
  try {
    const { url, facts, pid } = server;
    for (const crew of Object.values(crews)) {
      await crew.prepare({ kind: 'prepare storm', name: NAME, url, facts, people: PEOPLE });
    }
    await run.both(crews, around.sizes.warmUpSeconds);
    return describe(await inTurns(crews, pid, around));
  } finally {
    await Promise.all(Object.values(crews).map((crew) => crew.stop()));
    await server.stop();
  }
}

const run: Record<Mode, (crews: Crews, seconds: number) => Promise<Weather>> = {
  idle: ({ watch }, seconds) => watch.storm(NAME, 'probes', seconds),
  'sign-ins': ({ crowd }, seconds) => crowd.storm(NAME, 'sign-ins', seconds),
  async both(crews, seconds) {
    const [watched, stormed] = await Promise.all([run.idle(crews, seconds), run['sign-ins'](crews, seconds)]);
    return { ...watched, signIns: stormed.signIns };
  },
};

async function inTurns(crews: Crews, pid: number, { sizes, say }: Surroundings): Promise<Rounds> {
  const rounds: Rounds = { idle: [], 'sign-ins': [], both: [] };
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const mode of modes) {
      say(`storm: round ${round + 1} of ${sizes.rounds}, ${mode}`);
      await forgetPeak(pid);
      const weather = await run[mode](crews, 2 * sizes.seconds);
      rounds[mode].push({ ...figuresOf(weather), peak: (await memoryOf(pid)).peak });
    }
  }
  return rounds;
}

function figuresOf({ probes, failures, signIns }: Weather): Record<string, number> {
  if (failures[0]) throw new Error(failures[0]);
  const latencies = watched.flatMap((probe) => {
    const { p50, p99 } = probes[probe] ?? { p50: Number.NaN, p99: Number.NaN };
    return [
      [`${probe} p50`, p50],
      [`${probe} p99`, p99],
    ] as const;
  });
  return { ...Object.fromEntries(latencies), signIns: signIns ?? Number.NaN };
}

function describe(rounds: Rounds): Result {
  const rows = modes.map((mode) => ({
    contestant: mode,
    figures: clean(medians(rounds[mode])),
    rounds: rounds[mode].map(clean),
  }));
  return {
    name: 'storm',
    title: 'While sign-ins saturate',
    note: 'Latchkey alone: 64 sign-ins at any time, fifty refreshes, introspections and looks at the keys a second each, or both together.',
    columns,
    rows,
    bars: barsOf(rows),
    plot: 'refresh p99',
  };
}

function barsOf(rows: readonly Row[]): Bar[] {
  const latencies = watched.flatMap((probe) => {
    const claim = { figure: `${probe} p99`, of: 'both', relation: 'at most' } as const;
    return [
      judge(rows, { ...claim, what: `${probe} p99 to idle`, to: 'idle', limit: 3 }),
      judge(rows, { ...claim, what: `${probe} p99`, limit: 50, unit: 'ms' }),
    ];
  });
  const kept = {
    what: 'sign-ins kept',
    figure: 'signIns',
    of: 'both',
    to: 'sign-ins',
    relation: 'at least',
    limit: 0.9,
  } as const;
  const peak = {
    what: 'peak memory',
    figure: 'peak',
    of: 'both',
    relation: 'at most',
    limit: 220,
    unit: 'MB',
  } as const;
  return [...latencies, judge(rows, kept), judge(rows, peak)];
}

function clean(figures: Record<string, number>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, finite(value)]));
}
