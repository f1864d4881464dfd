// A whole life of a signing key in real seconds: two processes under load, and verifiers that keep what they have got.

import { setTimeout } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApi } from '../harness/api.ts';
import { createPatientClient, everydayEnv } from '../harness/everyday.ts';
import { startProcess } from '../harness/process.ts';
import { newDatabase, onPostgres } from '../harness/service.ts';
import { joseVerifier, jsonwebtokenVerifier, type Verify } from './verifiers.ts';

const ISSUER = 'https://id.example';
const TOKEN_SECONDS = 8;
/** The shortest that can be configured. A new key is published for 62 s before it signs. */
const env = { ...everydayEnv, ISSUER, JWKS_MAX_AGE: '1s', ACCESS_TOKEN_TTL: `${TOKEN_SECONDS}s` };

/**
 * The times of a key that no setting makes shorter: of 62 s before it signs, 50 s are skipped, and of 3660 s after it has
 * signed last all but the life of a token and 5 s. What is left passes in earnest.
 */
const SKIPPED_BEFORE = 50;
const SKIPPED_AFTER = 3660 - TOKEN_SECONDS - 5;

/** Gets tokens from one instance all the time; every token is verified at once, and again just before its end. */
function startLoad(url: string, firstToken: string, verifiers: Readonly<Record<string, Verify>>) {
  const failures: string[] = [];
  const kids = new Set<string>();
  const verifications: Promise<void>[] = [];
  const client = createPatientClient(
    createApi(url, () => {}),
    firstToken,
  );
  let stopped = false;

  async function verify(token: string, at: Date, when: string): Promise<void> {
    for (const [name, check] of Object.entries(verifiers)) {
      const { kid } = decodeProtectedHeader(token);
      await check(token, at).catch((error: unknown) => failures.push(`${name}, ${when}, ${kid}: ${error}`));
    }
  }

  async function verifyTwice(token: string): Promise<void> {
    const { iat = 0, exp = 0 } = decodeJwt(token);
    await verify(token, new Date(iat * 1000), 'fresh');
    await setTimeout((exp - 1) * 1000 - Date.now());
    await verify(token, new Date((exp - 1) * 1000), 'old');
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const { status } = await client.refresh();
      if (status !== 200) failures.push(`refresh: ${status}`);
      kids.add(decodeProtectedHeader(client.accessToken()).kid ?? '');
      verifications.push(verifyTwice(client.accessToken()));
      await setTimeout(100);
    }
  }
  const running = run();

  async function stop(): Promise<void> {
    stopped = true;
    await running;
    await Promise.all(verifications);
  }
  onTestFinished(stop);
  return { failures, kids, verifications, stop };
}

/** The table of keys, in which time can be made to have passed. */
async function openKeys(connectionString: string) {
  const client = new Client({ connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  const ageBy = (column: 'created_at' | 'activated_at' | 'retired_at', condition: string, seconds: number) =>
    client.query(`update signing_keys set ${column} = ${column} - interval '${seconds} seconds' where ${condition}`);

  /** Resolves with the key that is in that state, as soon as there is one. */
  async function until(condition: string): Promise<string> {
    for (;;) {
      const { rows } = await client.query(`select kid from signing_keys where ${condition}`);
      if (rows.length > 0) return rows[0].kid;
      await setTimeout(200);
    }
  }

  async function untilGone(kid: string): Promise<void> {
    while ((await client.query('select kid from signing_keys where kid = $1', [kid])).rows.length > 0) {
      await setTimeout(200);
    }
  }
  return { ageBy, until, untilGone };
}

async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(100);
}

const PENDING = 'activated_at is null';
const ACTIVE = 'activated_at is not null and retired_at is null';

describe.runIf(onPostgres)('rotation in earnest', () => {
  test('two processes under load: no verification fails from the first day of a key to its last', {
    timeout: 120_000,
  }, async () => {
    const databaseUrl = await newDatabase();
    const instances = await Promise.all([0, 1].map(() => startProcess({ ...env, DATABASE_URL: databaseUrl })));
    const verifiers = Object.fromEntries(
      instances.flatMap(({ url }, n) => [
        [`jose at ${n}`, joseVerifier(url, ISSUER)],
        [`jsonwebtoken at ${n}`, jsonwebtokenVerifier(url, ISSUER)],
      ]),
    );
    const loads = await Promise.all(
      instances.map(async ({ url }, n) => {
        const email = `person${n}@example.com`;
        const { tokens } = await createApi(url, () => {}).signUp({ email });
        return startLoad(url, tokens.refresh_token, verifiers);
      }),
    );
    const keys = await openKeys(databaseUrl);
    const first = await keys.until(ACTIVE);
    await untilTrue(() => loads.every(({ kids }) => kids.has(first))); // the caches are warm

    await keys.ageBy('activated_at', ACTIVE, 90 * 86_400);
    const next = await keys.until(`kid <> '${first}'`);
    await keys.ageBy('created_at', PENDING, SKIPPED_BEFORE);
    await keys.until(`kid = '${next}' and ${ACTIVE}`);
    await untilTrue(() => loads.every(({ kids }) => kids.has(next)));
    await keys.ageBy('retired_at', `kid = '${first}'`, SKIPPED_AFTER);
    await keys.untilGone(first);
    await setTimeout(4_000); // until both instances publish one key only
    for (const load of loads) await load.stop();

    expect(loads.map(({ failures }) => failures)).toEqual([[], []]);
    for (const { kids, verifications } of loads) {
      expect([...kids]).toEqual([first, next]);
      expect(verifications.length).toBeGreaterThan(20);
    }
  });
});
