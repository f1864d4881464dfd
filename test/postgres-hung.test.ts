// PostgreSQL does not go away, it only says nothing any more: every request ends all the same, and in time.
import { describe, expect, test } from 'vitest';
import { createEveryday, everydayEnv } from './harness/everyday.ts';
import { everyKind, outcomesOf, startLoad } from './harness/load.ts';
import { freeze, hasOwnPostgres, type OwnPostgres, startOwnPostgres } from './harness/own-postgres.ts';
import { startProcess } from './harness/process.ts';
import { openTunnel } from './harness/tunnel.ts';

/** The service cuts its own connections after 20 s of silence: by then it must have said what is wrong. */
const DEADLINE_MS = 19_000;
const RECOVERY_MS = 5_000;
/** More than the pool has connections. */
const CROWD = 25;

interface Trouble {
  readonly databaseUrl: string;
  /** Gives back how to end it. */
  readonly begin: () => Promise<() => void>;
}

async function frozen(postgres: OwnPostgres): Promise<Trouble> {
  return { databaseUrl: postgres.databaseUrl, begin: () => freeze(postgres) };
}

async function cutOff(postgres: OwnPostgres): Promise<Trouble> {
  const tunnel = await openTunnel(Number(new URL(postgres.url).port));
  const begin = async () => {
    tunnel.swallow();
    return tunnel.pass;
  };
  return { databaseUrl: `postgres://postgres@127.0.0.1:${tunnel.port}/latchkey`, begin };
}

const troubles = [
  { name: 'is frozen', prepare: frozen },
  { name: 'is cut off without a word', prepare: cutOff },
];

describe.runIf(hasOwnPostgres && process.platform === 'linux').each(troubles)('hung: PostgreSQL $name', (trouble) => {
  test('every request is answered with 503 in time, and then with 200 again', { timeout: 120_000 }, async () => {
    const { databaseUrl, begin } = await trouble.prepare(await startOwnPostgres());
    const { url } = await startProcess({ ...everydayEnv, DATABASE_URL: databaseUrl });
    const { api, client, sessionId, needingDatabase, needingNothing } = await createEveryday(url, databaseUrl);
    const load = startLoad(needingDatabase);
    await load.untilAnswered(5);

    const end = await begin();
    const silentAt = performance.now();
    const crowd = Array.from({ length: CROWD }, () => api.get('/me', client.accessToken()));
    const beside = startLoad(needingNothing);
    for (const { status } of await Promise.all(crowd)) expect([200, 503]).toContain(status);
    await load.untilAnswered(1);
    const until = performance.now();
    await beside.stop();
    end();
    const endedAt = performance.now();
    const meanwhile = load.visits.filter(({ sentAt }) => sentAt > silentAt);
    expect(outcomesOf(meanwhile)).toEqual(everyKind(needingDatabase, ['503, come back']));
    expect(outcomesOf(beside.visits)).toEqual(everyKind(needingNothing, ['200']));
    for (const { kind, sentAt, answeredAt } of load.visits) expect(answeredAt - sentAt, kind).toBeLessThan(DEADLINE_MS);
    expect(until - silentAt).toBeLessThan(2 * DEADLINE_MS);

    await load.untilAnswered(5);
    const lastRefused = Math.max(...load.visits.filter(({ status }) => status !== 200).map((visit) => visit.sentAt));
    expect(lastRefused - endedAt).toBeLessThan(RECOVERY_MS);
    await load.stop();
    expect(await api.refresh(client.answered.at(-1) ?? '')).toMatchObject({ session_id: sessionId });
  });
});
