// bench/suite/drives/storm.ts: probes at a steady rate, or sign-ins, as many as there can be: those of the overload bench. Each is
// the work of a process of its own, so that whoever measures is not busy with something else.
import { createCaller } from '../../caller.ts';
import { probe } from '../../phase.ts';
import { createProbes } from '../../probes.ts';
import { storm } from '../../storm.ts';
import { makePeople, signIn, withTokens } from '../../town.ts';
import type { Weather } from '../orders.ts';
import { makeAll } from './drive.ts';
import { credentials } from './latchkey.ts';

/** Of each probe. */
const PER_SECOND = 50;
/** Sign-ins at once: more than there are cores, by far. */
const AT_ONCE = 64;
/** What a proxy keeps open. */
const CONNECTIONS = 64;
/** Signed in beforehand, for the refreshes. */
const REFRESHING = 200;

export type RunStorm = (mode: 'probes' | 'sign-ins', seconds: number) => Promise<Weather>;

interface Parts {
  readonly url: string;
  readonly people: number;
  readonly facts: Readonly<Record<string, string>>;
}

export async function createStorm({ url, people: count, facts }: Parts): Promise<RunStorm> {
  const people = makePeople(count);
  const [call, callAnew, rush] = [createCaller(url, 'kept'), createCaller(url, 'new'), createCaller(url, 'kept')];
  const refreshing = await makeAll(Math.min(REFRESHING, count / 2), async (index) => {
    const person = people[index];
    if (!person) throw new Error('There are not so many people.');
    return withTokens(person, await signIn(call, person));
  });
  const probes = await createProbes({
    call,
    callAnew,
    people: refreshing,
    backend: credentials({ facts }).authorization,
  });
  const others = people.slice(refreshing.length);

  const visitAll = () => Array.from({ length: CONNECTIONS }, () => call({ path: '/.well-known/jwks.json' }));
  /** Whoever is connected does not wait to be let in. The first round finds out which connections have been closed. */
  const connect = async () => {
    await Promise.allSettled(visitAll());
    await Promise.all(visitAll());
  };

  async function attend(seconds: number): Promise<Weather> {
    await connect();
    const attended = await probe({ probes, perSecond: PER_SECOND, seconds });
    return { probes: attended.probes, failures: [...attended.failures], signIns: null };
  }

  async function signInAll(seconds: number): Promise<Weather> {
    const stormed = await storm({ call: rush, people: others, concurrency: AT_ONCE, seconds });
    const answered = Object.entries(stormed.outcomes).map(([status, { count: of }]) => {
      if (status !== '200' && status !== '400') throw new Error(`${of} sign-ins were answered with ${status}.`);
      return of;
    });
    return { probes: {}, failures: [], signIns: answered.reduce((sum, of) => sum + of, 0) / stormed.seconds };
  }

  return (mode, seconds) => (mode === 'probes' ? attend(seconds) : signInAll(seconds));
}
