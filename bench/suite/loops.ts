// bench/suite/loops.ts: closed loops: every virtual user sends as soon as it has been answered.
import { z } from 'zod';
import { summarise } from '../latencies.ts';
import type { Send } from './drives/drive.ts';
import { createHttp, expectOk } from './http-client.ts';
import type { Tally } from './orders.ts';

const HashTally = z.object({ count: z.number(), seconds: z.number(), times: z.array(z.number()) });

export async function loop(sends: readonly Send[], seconds: number): Promise<Tally> {
  const end = performance.now() + seconds * 1000;
  return tally(sends, () => performance.now() < end);
}

export async function repeat(sends: readonly Send[], times: number): Promise<Tally> {
  return tally(sends, (done) => done < times);
}

async function tally(sends: readonly Send[], goesOn: (done: number) => boolean): Promise<Tally> {
  const times: number[] = [];
  const startedAt = performance.now();
  const user = async (send: Send) => {
    for (let done = 0; goesOn(done); done += 1) {
      const sentAt = performance.now();
      await send();
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(sends.map(user));
  return { ...percentiles(times), seconds: (performance.now() - startedAt) / 1000 };
}

/** The server runs it by itself, so that nothing but hashes is in the figures. */
export function hashRun(url: string, atOnce: number): (seconds: number) => Promise<Tally> {
  const http = createHttp(url, 1);
  return async (seconds) => {
    const path = `/?seconds=${seconds}&at_once=${atOnce}`;
    const run = HashTally.parse(JSON.parse(expectOk(await http({ path }))));
    return { ...percentiles(run.times), seconds: run.seconds };
  };
}

function percentiles(times: readonly number[]) {
  const { count, p50, p99 } = summarise(times);
  return { count, p50, p99 };
}
