// bench/suite/scenarios/storm.ts: what sign-ins that take all there is do to a refresh and to the keys, and these to the sign-ins;
// and what they do to a server that has nothing else to do.
import { forgetPeak, memoryOf } from '../../memory.ts';
import { contestant, PEOPLE, type Running } from '../contestants.ts';
import { type Load, startLoad } from '../load-process.ts';
import type { Weather } from '../orders.ts';
import { type Bar, type Column, finite, judge, medians, type Result, type Row } from '../result.ts';
import type { Surroundings } from '../surroundings.ts';

const OURS = 'latchkey';
const FLOOR = 'floor';
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

interface Place {
  readonly name: string;
  readonly server: Running;
  readonly rounds: Rounds;
}

export async function runStorm(around: Surroundings): Promise<Result> {
  const crews = { watch: startLoad(), crowd: startLoad() };
  const places: Place[] = [];
  try {
    for (const name of [OURS, FLOOR]) places.push(await open(name, crews, around));
    await inTurns(places, crews, around);
  } finally {
    await Promise.all(Object.values(crews).map((crew) => crew.stop()));
    await Promise.all(places.map(({ server }) => server.stop()));
  }
  return describe(places);
}

async function open(name: string, crews: Crews, around: Surroundings): Promise<Place> {
  around.say(`storm: ${name} starts`);
  const server = await contestant(name).start(await around.place('0,1'));
  const { url, facts } = server;
  for (const crew of Object.values(crews)) {
    await crew.prepare({ kind: 'prepare storm', name, url, facts, people: PEOPLE });
  }
  await run.both(name, crews, around.sizes.warmUpSeconds);
  return { name, server, rounds: { idle: [], 'sign-ins': [], both: [] } };
}

const run: Record<Mode, (name: string, crews: Crews, seconds: number) => Promise<Weather>> = {
  idle: (name, { watch }, seconds) => watch.storm(name, 'probes', seconds),
  'sign-ins': (name, { crowd }, seconds) => crowd.storm(name, 'sign-ins', seconds),
  async both(...all) {
    const [watched, stormed] = await Promise.all([run.idle(...all), run['sign-ins'](...all)]);
    return { ...watched, signIns: stormed.signIns };
  },
};

async function inTurns(places: readonly Place[], crews: Crews, { sizes, say }: Surroundings): Promise<void> {
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const { name, server, rounds } of places) {
      for (const mode of modes) {
        say(`storm: round ${round + 1} of ${sizes.rounds}, ${name}, ${mode}`);
        await forgetPeak(server.pid);
        const weather = await run[mode](name, crews, 2 * sizes.seconds);
        rounds[mode].push({ ...figuresOf(weather), peak: (await memoryOf(server.pid)).peak });
      }
    }
  }
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

function describe(places: readonly Place[]): Result {
  const rows = places.flatMap(({ name, rounds }) =>
    modes.map((mode) => ({
      contestant: rowOf(name, mode),
      figures: clean(medians(rounds[mode])),
      rounds: rounds[mode].map(clean),
    })),
  );
  return {
    name: 'storm',
    title: 'While sign-ins saturate',
    note: '64 sign-ins at any time, fifty refreshes, introspections and looks at the keys a second each, or both together. The bars are those of Latchkey; the floor has the same hashes, in threads of the same low priority.',
    columns,
    rows,
    bars: barsOf(rows),
    plot: 'refresh p99',
  };
}

function barsOf(rows: readonly Row[]): Bar[] {
  const latencies = watched.flatMap((probe) => {
    const claim = { figure: `${probe} p99`, of: rowOf(OURS, 'both'), relation: 'at most' } as const;
    return [
      judge(rows, { ...claim, what: `${probe} p99 to idle`, to: rowOf(OURS, 'idle'), limit: 3 }),
      judge(rows, { ...claim, what: `${probe} p99`, limit: 50, unit: 'ms' }),
    ];
  });
  const kept = {
    what: 'sign-ins kept',
    figure: 'signIns',
    of: rowOf(OURS, 'both'),
    to: rowOf(OURS, 'sign-ins'),
    relation: 'at least',
    limit: 0.9,
  } as const;
  const peak = {
    what: 'peak memory',
    figure: 'peak',
    of: rowOf(OURS, 'both'),
    relation: 'at most',
    limit: 220,
    unit: 'MB',
  } as const;
  return [...latencies, judge(rows, kept), judge(rows, peak)];
}

const rowOf = (name: string, mode: Mode) => `${name}, ${mode}`;

function clean(figures: Record<string, number>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, finite(value)]));
}
