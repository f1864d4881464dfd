// bench/suite/scenarios/memory.ts: what each takes of the memory when nothing happens, and when everybody signs in at once.
import { setTimeout } from 'node:timers/promises';
import { forgetPeak, memoryOf } from '../../memory.ts';
import { prepare } from '../contest.ts';
import { type Contestant, contestant, type Running } from '../contestants.ts';
import { startLoad } from '../load-process.ts';
import { type Column, finite, judge, type Result, type Row } from '../result.ts';
import type { Surroundings } from '../surroundings.ts';

/** Sign-ins at once. */
const STORM = 64;
const signIn = { name: 'sign-in', users: STORM } as const;

const contestants = ['koa', 'latchkey', 'oidc-memory', 'oidc-sqlite', 'better-auth'];
const stormed = ['latchkey', 'better-auth'];

const columns: Column[] = [
  { key: 'idle', title: 'idle MB', digits: 0 },
  { key: 'storm', title: 'peak in the storm MB', digits: 0 },
  { key: 'after', title: 'after MB', digits: 0 },
];

export async function runMemory(around: Surroundings): Promise<Result> {
  const rows: Row[] = [];
  for (const name of contestants) rows.push(await weigh(contestant(name), around));
  const claim = { of: 'latchkey', relation: 'at most', unit: 'MB' } as const;
  return {
    name: 'memory',
    title: 'Memory',
    note: `RSS some seconds after the start, at its peak with ${STORM} sign-ins at any time, and some seconds later.`,
    columns,
    rows,
    plot: 'idle',
    bars: [
      judge(rows, { ...claim, what: 'memory when idle', figure: 'idle', limit: 115 }),
      judge(rows, { ...claim, what: 'memory in the storm', figure: 'storm', limit: 220 }),
    ],
  };
}

async function weigh(who: Contestant, around: Surroundings): Promise<Row> {
  around.say(`memory: ${who.name}`);
  const running = await who.start(await around.place('0,1'));
  try {
    await setTimeout(rest(around));
    const { now: idle } = await memoryOf(running.pid);
    const later = stormed.includes(who.name) ? await storm(who, running, around) : {};
    return { contestant: who.name, figures: { idle: finite(idle), ...later }, rounds: [] };
  } finally {
    await running.stop();
  }
}

async function storm(who: Contestant, running: Running, around: Surroundings) {
  const load = startLoad();
  try {
    await prepare(signIn, who, running, load);
    await forgetPeak(running.pid);
    await load.run(who.name, 4 * around.sizes.seconds);
    const { peak } = await memoryOf(running.pid);
    await setTimeout(rest(around));
    return { storm: peak, after: (await memoryOf(running.pid)).now };
  } finally {
    await load.stop();
  }
}

const rest = ({ sizes }: Surroundings) => sizes.seconds * 1000;
