// test/chaos/asking.ts: a request of somebody who writes down what it may do before it is sent.
import { expect } from 'vitest';
import type { Answer, Api } from '../harness/api.ts';
import type { Chance } from './chance.ts';
import type { Doubt, Person } from './ledger.ts';

/** How an answer that never came is asked for again: with the key of the first time, or in time. */
export type Retry = 'key' | 'grace';

export interface Tally {
  kills: number;
  killsAtStart: number;
  answered: number;
  inDoubt: number;
  checks: number;
}

/** The service from one start to the next. */
export interface Life {
  readonly api: Api;
  readonly chance: Chance;
  readonly retry: Retry;
  readonly tally: Tally;
  readonly onAnswer: () => void;
}

/** Sent, perhaps; not answered. */
export class Unanswered extends Error {
  override name = 'Unanswered';
}

/** What is in doubt stays in the ledger until the whole answer is there. */
export async function ask(person: Person, doubt: Doubt | null, { tally, onAnswer }: Life, send: () => Promise<Answer>) {
  person.doubt = doubt;
  const answer = await send().catch((cause: unknown) => {
    throw new Unanswered(`No answer to ${doubt?.kind ?? 'a question'}.`, { cause });
  });
  person.doubt = null;
  tally.answered += 1;
  onAnswer();
  return answer;
}

interface Expected {
  readonly status: number;
  readonly body?: object;
}

export function expectAnswer({ status, body }: Answer, expected: Expected, what: string): void {
  expect({ status, body }, what).toMatchObject(expected);
}

/** The same, counted: something that was true before the kill and is looked at after it. */
export function check(life: Life, answer: Answer, expected: Expected, what: string): void {
  life.tally.checks += 1;
  expectAnswer(answer, expected, what);
}
