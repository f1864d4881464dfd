// test/chaos/world.ts: one database, the people who use it, and the service that dies under them.
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Life, Retry, Tally } from './asking.ts';
import { createChance } from './chance.ts';
import { checkAll } from './checks.ts';
import { newEmptyDatabase } from './database.ts';
import { settle } from './doubts.ts';
import type { Person } from './ledger.ts';
import { liveOn, newSeat } from './load.ts';
import { expectSound } from './soundness.ts';
import { createStarts } from './starts.ts';
import type { Victim } from './victim.ts';

const SEATS = 6;
/** How many requests are answered at most before the next kill, and how much later it comes, in milliseconds. */
const LIFE = { answers: 60, delayMs: 20 };

export async function openWorld(seed: number) {
  const database = await newEmptyDatabase();
  const chance = createChance(seed);
  const tally: Tally = { kills: 0, killsAtStart: 0, answered: 0, inDoubt: 0, checks: 0 };
  const startFor = await createStarts({ database, chance, tally });
  const seats = Array.from({ length: SEATS }, newSeat);
  const gone: Person[] = [];
  let retry: Retry = 'key';
  let keys: unknown;

  /** As people asked for the last time: who had no key has a grace now. */
  async function start() {
    const { victim, api } = await startFor(retry);
    return { victim, life: { api, chance, retry, tally, onAnswer: () => {} } };
  }

  /** People go on where they were, until the service dies at a moment that nobody has chosen. */
  async function liveAndDie(victim: Victim, { api }: Life): Promise<void> {
    retry = chance.pick(['key', 'grace'] as const);
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const last = tally.answered + chance.between(1, LIFE.answers);
    const onAnswer = () => tally.answered === last && resolve();
    const lives = seats.map((seat) => liveOn(seat, { api, chance, retry, tally, onAnswer }, victim));
    const ends = Promise.allSettled(lives);
    const failed = Promise.all(lives).catch(() => {}); // told below, when nobody is at work any more
    await Promise.race([enough.then(() => setTimeout(chance.between(0, LIFE.delayMs))), failed]);
    await victim.kill();
    tally.kills += 1;
    for (const end of await ends) if (end.status === 'rejected') throw end.reason;
    expect(victim.faults).toEqual([]);
  }

  /** What is in doubt, what was answered to everybody who has done something since, and what the database says of all. */
  async function check(life: Life): Promise<void> {
    const here = seats.map(({ person }) => person).filter(({ devices, doubt }) => devices.length > 0 || doubt);
    const left = seats.flatMap(({ past }) => past.splice(0));
    await checkKeys(life);
    await Promise.all(here.map((person) => settle(person, life)));
    await checkAll([...here, ...left], life, SEATS);
    gone.push(...left);
    await expectSound(database, [...here, ...gone]);
  }

  /** What was signed before is still verified by whoever has the keys of before. */
  async function checkKeys({ api }: Life): Promise<void> {
    const { body } = await api.get('/.well-known/jwks.json');
    keys ??= body;
    expect(body).toEqual(keys);
  }

  return { start, liveAndDie, check, checkTheGone: (life: Life) => checkAll(gone, life, SEATS), tally };
}
