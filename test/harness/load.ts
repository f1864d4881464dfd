// test/harness/load.ts: requests of several kinds that go on and on, each kind by itself, and what became of them.
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Answer } from './api.ts';

export interface Visit {
  readonly kind: string;
  readonly status: number;
  readonly retryAfter: string | null;
  /** Milliseconds of this process's own clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

export type Kinds = Readonly<Record<string, () => Promise<Answer>>>;

export type Load = ReturnType<typeof startLoad>;

const PAUSE_MS = 20;

/** Goes on until it is stopped. A request that gets no answer at all is a failure of the whole load. */
export function startLoad(kinds: Kinds) {
  const visits: Visit[] = [];
  let stopped = false;
  const running = Promise.all(Object.entries(kinds).map(([kind, ask]) => repeat(kind, ask)));
  running.catch(() => {}); // told by `stop`
  onTestFinished(() => {
    stopped = true;
  });

  async function repeat(kind: string, ask: () => Promise<Answer>): Promise<void> {
    while (!stopped) {
      const sentAt = performance.now();
      const { status, headers } = await ask();
      visits.push({ kind, status, retryAfter: headers.get('Retry-After'), sentAt, answeredAt: performance.now() });
      await setTimeout(PAUSE_MS);
    }
  }

  /** Resolves when every kind has been answered that often from now on; rejects when the load has failed. */
  async function untilAnswered(times: number): Promise<void> {
    const from = performance.now();
    const isDone = (kind: string) =>
      visits.filter((visit) => visit.kind === kind && visit.sentAt >= from).length >= times;
    while (!Object.keys(kinds).every(isDone)) await Promise.race([setTimeout(PAUSE_MS), running]);
  }

  async function stop(): Promise<void> {
    stopped = true;
    await running;
  }

  return { visits, untilAnswered, stop };
}

/** The different things that each kind was answered with, as `status` or `status, come back`. */
export function outcomesOf(visits: readonly Visit[]): Record<string, string[]> {
  const outcomes: Record<string, string[]> = {};
  for (const { kind, status, retryAfter } of visits) {
    const outcome = /^[1-9]\d*$/.test(retryAfter ?? '') ? `${status}, come back` : `${status}`;
    outcomes[kind] = [...new Set([...(outcomes[kind] ?? []), outcome])].toSorted();
  }
  return outcomes;
}

/** The same for each kind. */
export function everyKind(kinds: object, outcomes: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(Object.keys(kinds).map((kind) => [kind, outcomes]));
}
