// PostgreSQL goes away under load and comes back: the service says so meanwhile, and goes on by itself.
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createEveryday, everydayEnv } from './harness/everyday.ts';
import { everyKind, outcomesOf, startLoad } from './harness/load.ts';
import { hasOwnPostgres, startOwnPostgres } from './harness/own-postgres.ts';
import { startProcess } from './harness/process.ts';

const OUTAGE_MS = 3_000;
/** In this time after the database is back, everything works. */
const RECOVERY_MS = 5_000;

describe.runIf(hasOwnPostgres).each(['INT', 'QUIT'] as const)('outage: PostgreSQL is stopped by SIG%s', (signal) => {
  test('meanwhile it is 503 and nothing else, and afterwards everybody goes on', { timeout: 50_000 }, async () => {
    const postgres = await startOwnPostgres();
    const { databaseUrl } = postgres;
    const { url } = await startProcess({ ...everydayEnv, DATABASE_URL: databaseUrl });
    const { api, client, sessionId, needingDatabase, needingNothing } = await createEveryday(url, databaseUrl);
    const everything = { ...needingDatabase, ...needingNothing };
    const load = startLoad(everything);
    await load.untilAnswered(5);
    expect(outcomesOf(load.visits)).toEqual(everyKind(everything, ['200']));

    await postgres.halt(signal);
    const goneAt = performance.now();
    await setTimeout(OUTAGE_MS);
    await load.untilAnswered(2);
    const backSoonAt = performance.now();
    const answeredBefore = client.answered.length;
    await postgres.resume();
    const backAt = performance.now();
    await setTimeout(RECOVERY_MS);
    await load.untilAnswered(5);
    await load.stop();

    const meanwhile = load.visits.filter(({ sentAt, answeredAt }) => sentAt > goneAt && answeredAt < backSoonAt);
    expect(outcomesOf(meanwhile)).toEqual({
      ...everyKind(needingDatabase, ['503, come back']),
      ...everyKind(needingNothing, ['200']),
    });
    const afterwards = load.visits.filter(({ sentAt }) => sentAt > backAt + RECOVERY_MS);
    expect(outcomesOf(afterwards)).toEqual(everyKind(everything, ['200']));
    for (const outcomes of Object.values(outcomesOf(load.visits))) {
      expect(['200', '503, come back']).toEqual(expect.arrayContaining(outcomes));
    }
    // What had no answer was asked again with its key, and the session is the one that it was.
    expect(client.answered.length).toBeGreaterThan(answeredBefore);
    expect(await api.refresh(client.answered.at(-1) ?? '')).toMatchObject({ session_id: sessionId });
  });
});
