// test/chaos/starts.ts: one service after another on the same database, and now and then one that does not get that far.
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Api, createApi } from '../harness/api.ts';
import type { Retry, Tally } from './asking.ts';
import type { Chance } from './chance.ts';
import type { Inspected } from './database.ts';
import { createLauncher, type Victim } from './victim.ts';

/** One start in so many is killed, at a moment before it would be over. */
const FALSE_STARTS = 6;
/** A retry with its key needs no grace; one without has it. */
const graceFor: Readonly<Record<Retry, string>> = { key: '0', grace: '300s' };
/** For PostgreSQL to notice that a service is dead, in milliseconds. */
const LAST_COMMIT_MS = 20_000;

interface Parts {
  readonly database: Inspected;
  readonly chance: Chance;
  readonly tally: Tally;
}

export interface Started {
  readonly victim: Victim;
  readonly api: Api;
}

export async function createStarts({ database, chance, tally }: Parts) {
  const launch = await createLauncher(database);
  let startMs = 1_000;

  /** Resolves when it listens, and when nobody is left who could commit for the one before. */
  return async (retry: Retry): Promise<Started> => {
    const settings = { REFRESH_GRACE: graceFor[retry] };
    if (tally.kills > 0 && chance.oneIn(FALSE_STARTS)) await startInVain(settings);
    const orphans = await database.workers();
    const before = performance.now();
    const victim = launch(settings);
    const api = createApi(await victim.ready(), () => {});
    startMs = performance.now() - before;
    const isOrphan = (pid: number) => orphans.includes(pid);
    const poll = expect.poll(async () => (await database.workers()).filter(isOrphan), { timeout: LAST_COMMIT_MS });
    await poll.toEqual([]);
    return { victim, api };
  };

  async function startInVain(settings: Record<string, string>): Promise<void> {
    const victim = launch(settings);
    await setTimeout(chance.between(0, startMs));
    await victim.kill();
    tally.killsAtStart += 1;
  }
}
