// A service that is killed while it makes its tables and its first key: the next one finishes what was begun.
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createApi } from '../harness/api.ts';
import { createChance } from './chance.ts';
import { type Inspected, newEmptyDatabase } from './database.ts';
import { killsAtStart, seed, timeout } from './settings.ts';
import { expectSound } from './soundness.ts';
import { createLauncher, type Victim } from './victim.ts';

const chance = createChance(seed);

/** In milliseconds: less than the migrations take, or the first key. */
const DELAY_MS = 15;

/** How far it gets. Each by turns. The first table is that of the migrations; the others come together. */
const moments: readonly ((victim: Victim, database: Inspected) => Promise<unknown>)[] = [
  (victim, database) => untilTables(chance.pick([1, 3, 6]), victim, database),
  async (victim) => {
    await victim.said('migrated');
    await setTimeout(chance.between(0, DELAY_MS)); // the first key is being made
  },
];

async function untilTables(enough: number, victim: Victim, database: Inspected): Promise<void> {
  while (victim.isRunning() && (await database.countTables()) < enough) await setTimeout(1);
  await setTimeout(chance.between(0, DELAY_MS));
}

test(`kill -9 during the first start, ${killsAtStart} times: the next start succeeds, with one key`, {
  timeout,
}, async () => {
  const launch = await createLauncher(await newEmptyDatabase());
  for (let kill = 0; kill < killsAtStart; kill += 1) {
    const database = await newEmptyDatabase();
    const settings = { DATABASE_URL: database.url };
    const first = launch(settings);
    await moments[kill % moments.length]?.(first, database);
    await first.kill();

    const second = launch(settings);
    const api = createApi(await second.ready(), () => {});
    const { body } = await api.get('/.well-known/jwks.json');
    expect(body.keys).toHaveLength(1);
    expect(await database.rows('select kid from signing_keys')).toEqual([{ kid: body.keys[0].kid }]);
    await api.signUp();
    await expectSound(database, []);
    expect(second.faults).toEqual([]);
    await second.kill();
  }
});
