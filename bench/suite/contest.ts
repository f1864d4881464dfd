// bench/suite/contest.ts: several servers, the same requests: warm-up, then rounds in turns, then medians.
import { memoryOf } from '../memory.ts';
import { type Contestant, contestant, type Running } from './contestants.ts';
import type { ScenarioName } from './drives/drive.ts';
import { type Load, startLoad } from './load-process.ts';
import { cpuSeconds } from './process-meter.ts';
import { type Claim, type Column, finite, judge, medians, type Result, type Row } from './result.ts';
import type { Surroundings } from './surroundings.ts';

export interface Contest {
  readonly name: ScenarioName;
  readonly title: string;
  readonly note: string;
  readonly contestants: readonly string[];
  /** Whose rate is the most that there can be. */
  readonly limit: string;
  readonly users: number;
  /** Of the servers. */
  readonly cores: string;
  readonly claims: readonly Claim[];
}

interface Entrant {
  readonly who: Contestant;
  readonly running: Running;
  readonly rounds: Record<string, number>[];
}

const columns: Column[] = [
  { key: 'rate', title: 'requests/s', digits: 0 },
  { key: 'p50', title: 'p50 ms', digits: 2 },
  { key: 'p99', title: 'p99 ms', digits: 2 },
  { key: 'cpu', title: 'CPU s per 1,000', digits: 3 },
  { key: 'rss', title: 'RSS MB', digits: 0 },
  { key: 'ofLimit', title: 'rate to the limit', digits: 2 },
  { key: 'cpuToLimit', title: 'CPU to the limit', digits: 2 },
];

export async function runContest(contest: Contest, around: Surroundings): Promise<Result> {
  const load = startLoad();
  const entrants: Entrant[] = [];
  try {
    for (const name of contest.contestants) entrants.push(await enter(contest, contestant(name), load, around));
    await compete(contest, entrants, load, around);
  } finally {
    await load.stop();
    await Promise.all(entrants.map(({ running }) => running.stop()));
  }
  const rows = describe(entrants, contest.limit);
  const { name, title, note, claims } = contest;
  return { name, title, note, columns, rows, plot: 'cpu', bars: claims.map((claim) => judge(rows, claim)) };
}

async function enter(contest: Contest, who: Contestant, load: Load, around: Surroundings): Promise<Entrant> {
  around.say(`${contest.name}: ${who.name} starts`);
  const running = await who.start(await around.place(contest.cores));
  await prepare(contest, who, running, load).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  return { who, running, rounds: [] };
}

export async function prepare(
  { name: scenario, users }: Pick<Contest, 'name' | 'users'>,
  who: Contestant,
  { url, facts }: Running,
  load: Load,
) {
  const { name, dialect } = who;
  if (dialect === 'hashes')
    return load.prepare({ kind: 'prepare hashes', name, url, facts, atOnce: Number(facts.atOnce) });
  return load.prepare({ kind: 'prepare', name, url, facts, dialect, scenario, users });
}

async function compete({ name }: Contest, entrants: readonly Entrant[], load: Load, { sizes, say }: Surroundings) {
  for (const { who } of entrants) {
    say(`${name}: ${who.name} warms up`);
    await load.run(who.name, sizes.warmUpSeconds);
  }
  for (let round = 0; round < sizes.rounds; round += 1) {
    // Whoever came first comes last in the next round.
    const turn = round % entrants.length;
    for (const entrant of [...entrants.slice(turn), ...entrants.slice(0, turn)]) {
      say(`${name}: round ${round + 1} of ${sizes.rounds}, ${entrant.who.name}`);
      entrant.rounds.push(await measure(entrant, load, sizes.seconds));
    }
  }
}

async function measure(
  { who, running: { pid } }: Entrant,
  load: Load,
  seconds: number,
): Promise<Record<string, number>> {
  const before = await cpuSeconds(pid);
  const tally = await load.run(who.name, seconds);
  const cpu = (await cpuSeconds(pid)) - before;
  const { now: rss } = await memoryOf(pid);
  return {
    rate: tally.count / tally.seconds,
    p50: tally.p50,
    p99: tally.p99,
    cpu: (cpu / tally.count) * 1000,
    rss,
  };
}

function describe(entrants: readonly Entrant[], limit: string): Row[] {
  const best = medians(entrants.find(({ who }) => who.name === limit)?.rounds ?? []);
  return entrants.map(({ who, rounds }) => {
    const figures = medians(rounds);
    const ofLimit = finite((figures.rate ?? Number.NaN) / (best.rate ?? Number.NaN));
    const cpuToLimit = finite((figures.cpu ?? Number.NaN) / (best.cpu ?? Number.NaN));
    return { contestant: who.name, figures: { ...figures, ofLimit, cpuToLimit }, rounds };
  });
}
