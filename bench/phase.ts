// bench/phase.ts: a stretch of time in which the probes are sent at a steady rate, whatever else goes on.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { type Latencies, summarise } from './latencies.ts';
import type { Probe } from './probes.ts';

interface Plan {
  readonly probes: readonly Probe[];
  /** Of each probe. */
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Phase {
  readonly probes: Readonly<Record<string, Latencies>>;
  readonly failures: readonly string[];
  /** How late the timers of this process were, in milliseconds: as much of a latency can be our own. */
  readonly ownLag: { readonly p99: number; readonly max: number };
}

/** A probe goes out when its time has come, also while the one before it is unanswered: a slow service gets no rest. */
export async function probe({ probes, perSecond, seconds }: Plan): Promise<Phase> {
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const failures: string[] = [];
  const tracks = await Promise.all(
    probes.map(async ({ name, send }, index) => {
      await setTimeout((index * 1000) / perSecond / probes.length); // in turns: they do not measure each other
      const times = await atRate(send, { perSecond, seconds, onFailure: (reason) => failures.push(reason) });
      return [name, summarise(times)] as const;
    }),
  );
  lag.disable();
  return {
    probes: Object.fromEntries(tracks),
    failures,
    ownLag: { p99: lag.percentile(99) / 1e6, max: lag.max / 1e6 },
  };
}

interface Rate extends Omit<Plan, 'probes'> {
  readonly onFailure: (reason: string) => void;
}

async function atRate(send: Probe['send'], { perSecond, seconds, onFailure }: Rate): Promise<number[]> {
  const times: number[] = [];
  const sent: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const due = startedAt + (index * 1000) / perSecond;
    await setTimeout(Math.max(0, due - performance.now()));
    sent.push(
      send().then(
        (ms) => times.push(ms),
        (error: unknown) => onFailure(String(error)),
      ),
    );
  }
  await Promise.all(sent);
  return times;
}
