// A service that is killed again and again while people use it: what was answered is true, what was not is whole.
import { expect, test } from 'vitest';
import { onPostgres } from '../harness/service.ts';
import type { Tally } from './asking.ts';
import { isLong, kills, seed, timeout } from './settings.ts';
import { openWorld } from './world.ts';

/** In a long run somebody waits. */
const KILLS_BETWEEN_LINES = 10;

function tell(tally: Tally): string {
  const { kills, killsAtStart, answered, inDoubt, checks } = tally;
  const counted = `${answered} requests answered, ${inDoubt} in doubt, ${checks} checks`;
  return `${onPostgres ? 'postgres' : 'sqlite'}, seed ${seed}, ${kills} kills at work, ${killsAtStart} at the start, ${counted}`;
}

test('kill -9 under a mixed load: no answered write is lost, no ended session lives, none dies without cause', {
  timeout,
}, async ({ task }) => {
  const { start, liveAndDie, check, checkTheGone, tally } = await openWorld(seed);
  try {
    while (tally.kills < kills) {
      const { victim, life } = await start();
      await check(life);
      await liveAndDie(victim, life);
      if (isLong && tally.kills % KILLS_BETWEEN_LINES === 0) process.stdout.write(`chaos: ${tell(tally)}\n`);
    }
    const { victim, life } = await start();
    await check(life);
    await checkTheGone(life);
    expect(victim.faults).toEqual([]);
  } finally {
    task.meta.summary = `chaos: ${tell(tally)}`;
  }
});
