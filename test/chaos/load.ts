// test/chaos/load.ts: several people at once, each doing one thing after another until nobody answers any more.
import { changePassword, endSession, logOut, look, refresh, revoke, signIn, signUp } from './acts.ts';
import { type Life, Unanswered } from './asking.ts';
import type { Chance } from './chance.ts';
import { type Device, liveDevices, newPerson, type Person } from './ledger.ts';
import type { Victim } from './victim.ts';

type Act = (person: Person, device: Device, life: Life) => Promise<void>;

/** How often each, of all that somebody does who is signed in. */
const acts: readonly (readonly [weight: number, act: Act])[] = [
  [10, refresh],
  [3, (person, _, life) => signIn(person, life)],
  [2, changePassword],
  [1, logOut],
  [1, revoke],
  [1, endSession],
  [1, look],
];
const weighted: readonly Act[] = acts.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));

/** One act in so many is somebody else's first. */
const NEWCOMERS = 8;

/** A place that is somebody's until the next one comes. */
export interface Seat {
  person: Person;
  readonly past: Person[];
}

export function newSeat(): Seat {
  return { person: newPerson(), past: [] };
}

/** Resolves when the service is gone; rejects when an answer was wrong, or did not come without anybody being killed. */
export async function liveOn(seat: Seat, life: Life, victim: Victim): Promise<void> {
  try {
    for (;;) await actOn(seat, life);
  } catch (error) {
    if (!(error instanceof Unanswered && victim.isKilled())) throw error;
  }
}

async function actOn(seat: Seat, life: Life): Promise<void> {
  if (seat.person.devices.length > 0 && life.chance.oneIn(NEWCOMERS)) {
    seat.past.push(seat.person);
    seat.person = newPerson();
  }
  const { person } = seat;
  if (person.devices.length === 0) return signUp(person, life);
  const device = pickDevice(person, life.chance);
  if (!device) return signIn(person, life);
  await life.chance.pick(weighted)(person, device, life);
}

function pickDevice(person: Person, chance: Chance): Device | null {
  const live = liveDevices(person);
  return live.length > 0 ? chance.pick(live) : null;
}
