// bench/servers/hashes.ts: the limit of a sign-in: password checks and nothing else, as many at once as there are cores.
import { setImmediate } from 'node:timers/promises';
import { hash, verify } from './raw-hash.ts';
import { origin, serve } from './serve.ts';

const PASSWORD = 'correct horse battery staple';
const stored = await hash(PASSWORD);

interface Tally {
  readonly count: number;
  readonly seconds: number;
  readonly times: readonly number[];
}

/** Asked for once a round: what HTTP costs is not in the figures. */
async function run(seconds: number, atOnce: number): Promise<Tally> {
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const times: number[] = [];
  async function again(): Promise<void> {
    while (performance.now() < end) {
      const begun = performance.now();
      if (!(await verify(stored, PASSWORD))) throw new Error('The password is wrong.');
      times.push(performance.now() - begun);
      await setImmediate();
    }
  }
  await Promise.all(Array.from({ length: atOnce }, again));
  return { count: times.length, seconds: (performance.now() - startedAt) / 1000, times };
}

serve(async ({ url = '/' }, response) => {
  const { searchParams } = new URL(url, origin);
  const tally = await run(Number(searchParams.get('seconds') ?? 1), Number(searchParams.get('at_once') ?? 2));
  response.end(JSON.stringify(tally));
});
