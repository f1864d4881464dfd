// bench/storm.ts: so many people sign in at once, and as soon as one is answered, the next one comes.
import { setTimeout } from 'node:timers/promises';
import type { Answer, Caller } from './caller.ts';
import { type Latencies, summarise } from './latencies.ts';
import { type Person, signIn } from './town.ts';

interface Parts {
  readonly call: Caller;
  readonly people: readonly Person[];
  /** Sign-ins that are under way at any time. */
  readonly concurrency: number;
  readonly seconds: number;
}

/** What came of the sign-ins, by status; 0 is a connection that broke. */
export interface Storm {
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, Latencies>>;
  /** Of those that were refused for want of room. */
  readonly refusedWithoutRetryAfter: number;
}

/** One password in so many is wrong. No divisor of the number of people: nobody is wrong whenever his turn comes. */
const WRONG_IN = 9;

export async function storm({ call, people, concurrency, seconds }: Parts): Promise<Storm> {
  const answers: Answer[] = [];
  const startedAt = performance.now();
  let begun = 0;

  async function signInAgain(): Promise<void> {
    while (performance.now() < startedAt + seconds * 1000) {
      const person = people[begun % people.length];
      if (!person) throw new Error('There is nobody to sign in.');
      begun += 1;
      const answer = await signIn(call, person, begun % WRONG_IN === 0 ? 'not my password' : undefined).catch(broken);
      answers.push(answer);
      await setTimeout(pauseAfter(answer));
    }
  }

  await Promise.all(Array.from({ length: concurrency }, signInAgain));
  return describe(answers, (performance.now() - startedAt) / 1000);
}

function broken(): Answer {
  return { status: 0, headers: {}, body: '', ms: Number.NaN };
}

/** A sound client does as it is told, and waits when nobody answers; and not all of them come back at the same moment. */
function pauseAfter({ status, headers }: Answer): number {
  if (status !== 503 && status !== 0) return 0;
  return Number(headers['retry-after'] ?? 1) * 1000 * (1 + Math.random());
}

function describe(answers: readonly Answer[], seconds: number): Storm {
  const byStatus = Object.entries(Object.groupBy(answers, ({ status }) => status));
  const outcomes = byStatus.map(([status, some = []]) => [status, summarise(some.map(({ ms }) => ms))] as const);
  const refused = answers.filter(({ status }) => status === 503);
  const refusedWithoutRetryAfter = refused.filter(({ headers }) => !headers['retry-after']).length;
  return { seconds, outcomes: Object.fromEntries(outcomes), refusedWithoutRetryAfter };
}
