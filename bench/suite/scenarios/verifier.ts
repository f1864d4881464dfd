// bench/suite/scenarios/verifier.ts: what the verifier kit adds to a bare check of the signature.
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { peerEnvironment } from '../contestants.ts';
import { type Column, judge, medians, type Result, type Row } from '../result.ts';
import { spawnPinned } from '../server-process.ts';
import type { Surroundings } from '../surroundings.ts';

const KIT = 'sdk/src/verifier.ts';
/** Microseconds of each check, by round. */
const Times = z.record(z.string(), z.array(z.number()));

const columns: Column[] = [
  { key: 'us', title: 'µs', digits: 1 },
  { key: 'ratio', title: 'to the bare check', digits: 3 },
];

export async function runVerifier({ sizes, say, place }: Surroundings): Promise<Result> {
  if (!existsSync(KIT)) throw new Error(`${KIT} is not there.`);
  say('verifier: the checks in turns');
  const { folder } = await place('0');
  const env = { ...peerEnvironment(folder), ROUNDS: String(40 * sizes.rounds) };
  const child = spawnPinned({ file: 'bench/servers/verifier.ts', env, cores: '0' });
  if (!child.stdout) throw new Error('The verifier says nothing.');
  const times = Times.parse(JSON.parse(await text(child.stdout)));
  const rows = Object.entries(times).map(([name, rounds]) => rowOf(name, rounds, times.bare ?? []));
  const claim = { figure: 'ratio', relation: 'at most', unit: 'x' } as const;
  return {
    name: 'verifier',
    title: 'The verifier kit',
    note: 'One ES256 token after the other in one process on one core; ratios are those of one round.',
    columns,
    rows,
    plot: 'us',
    bars: [
      judge(rows, { ...claim, what: 'the kit, a new token', of: 'kit', limit: 1.2 }),
      judge(rows, { ...claim, what: 'the kit, a token seen before', of: 'kit, cached', limit: 0.1 }),
    ],
  };
}

/** What slows a round down slows all of it. */
function rowOf(contestant: string, times: readonly number[], bare: readonly number[]): Row {
  const rounds = times.map((us, round) => ({ us, ratio: us / (bare[round] ?? Number.NaN) }));
  return { contestant, figures: medians(rounds), rounds: [] };
}
