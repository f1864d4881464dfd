// What a request for a mail costs does not tell whether anybody has the address.
import { describe, expect, test } from 'vitest';
import { parseEmailAddress } from '../../src/users/email-address.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { ANN, BOB, startWithAnn } from './mailbox.ts';

const paths = ['/password-reset', '/email-verification'] as const;

describe.each(paths)('%s', (path) => {
  const name = path.slice(1);

  test(`${name}: for known, unknown and disabled addresses, the same statements, and none about people`, async () => {
    const service = await startWithAnn();
    const { api, newLetters, disable, waitAnHour } = service;
    const { user } = await api.signUp({ email: 'disabled@example.com' });
    await disable(user.id);
    await newLetters();
    waitAnHour();
    const statements = await recordStatements(service);
    const statementsFor = async (email: string) => {
      await api.post(path, { email });
      return statements.splice(0);
    };

    const known = await statementsFor(ANN);
    expect(known.filter((statement) => /^insert into "outbox_mails"/.test(statement))).toHaveLength(1);
    expect(known.join()).not.toMatch(/users|one_time_codes|sessions/);
    expect(await statementsFor(BOB)).toEqual(known);
    expect(await statementsFor('disabled@example.com')).toEqual(known);
    // One waits already.
    expect(await statementsFor(ANN)).toEqual(known);
    expect(await statementsFor(BOB)).toEqual(known);
  });

  test(`${name}: past the budget of an address, the same statements whether it is known or not`, async () => {
    const service = await startWithAnn();
    const { api, newLetters, waitAnHour } = service;
    waitAnHour();
    for (const email of [ANN, BOB, ANN, BOB, ANN, BOB]) {
      await api.post(path, { email });
      await newLetters();
    }
    const statements = await recordStatements(service);
    await api.post(path, { email: ANN });
    const known = statements.splice(0);
    expect(known).not.toEqual([]);
    await api.post(path, { email: BOB });
    expect(statements).toEqual(known);
  });
});

const PAIRS = 300;
const WARM_UP = 50;
const ATTEMPTS = 5;

/**
 * One statement more for somebody known takes a tenth of the time of a request, and leaving out the mail for somebody
 * unknown saves nearly half of it: both were tried. A twentieth is below either, and above what chance does to medians
 * of three hundred. A busy machine can spoil an attempt, because the halves of a pair do not meet the same load; it
 * cannot spoil five, while what is really there shows in all of them.
 */
const BOUND = 0.05;

describe.each(paths)('%s', (path) => {
  test(`${path.slice(1)}: for known and unknown addresses, the medians of the time are equal`, {
    timeout: 120_000,
  }, async () => {
    const service = await startService();
    const differences: number[] = [];
    while (differences.length < ATTEMPTS && !differences.some((difference) => difference < BOUND)) {
      differences.push(await measure(service, path, differences.length));
    }
    expect(Math.min(...differences), differences.join(', ')).toBeLessThan(BOUND);
  });
});

/** The difference of the medians, as a part of the larger one. Every request is the first for its address. */
async function measure(service: RunningService, path: string, attempt: number): Promise<number> {
  const address = (who: string, index: number) => `${who}-${attempt}-${String(index).padStart(3, '0')}@example.com`;
  const indexes = Array.from({ length: WARM_UP + PAIRS }, (_, index) => index);
  for (const index of indexes) await addUser(service, address('member', index));
  const times: Record<'member' | 'nobody', number[]> = { member: [], nobody: [] };
  for (const index of indexes) {
    // Each goes first as often as the other.
    for (const who of index % 2 ? (['member', 'nobody'] as const) : (['nobody', 'member'] as const)) {
      const startedAt = performance.now();
      await service.api.post(path, { email: address(who, index) });
      if (index >= WARM_UP) times[who].push(performance.now() - startedAt);
    }
  }
  const [known, unknown] = [median(times.member), median(times.nobody)];
  return Math.abs(known - unknown) / Math.max(known, unknown);
}

async function addUser({ users, database }: RunningService, address: string): Promise<void> {
  const email = parseEmailAddress(address);
  if (!email) throw new Error(`This is not an address: ${address}`);
  const profile = { givenName: null, familyName: null, name: null, locale: null, zoneinfo: null };
  await users.create(database.em.fork(), { email, username: null, profile, passwordHash: 'of no password' });
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
