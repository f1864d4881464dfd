// A sign-in that fails does not tell by its time what it failed for.
import { expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { differencesOf } from '../harness/timing.ts';
import { visible } from '../harness/visible.ts';
import { importedEmail, importUsers } from './import-users.ts';

/** The hash is as dear as in earnest: beside it, what it takes to read a row that is there is small. */
const env = { PASSWORD_HASH_MEMORY: '19MiB', PASSWORD_HASH_PASSES: '2' };
/** A hash that is left out shows far above this. */
const BOUND = 0.05;

async function start() {
  const service = await startService({ env });
  const { api, clock, database } = service;
  await api.signUp({ email: 'ann@example.com' });
  const { user } = await api.signUp({ email: 'off@example.com' });
  await database.em.fork().nativeUpdate(User, { id: user.id }, { disabledAt: clock.now() });
  const attempt = (username: string, password: string) =>
    api.form('/token', { grant_type: 'password', username, password });
  const kinds = {
    unknown: (index: number) => attempt(`nobody${index}@example.com`, PASSWORD),
    wrong: (index: number) => attempt('ann@example.com', `${PASSWORD} ${index}`),
    disabled: () => attempt('off@example.com', PASSWORD),
    disabledWrong: (index: number) => attempt('off@example.com', `${PASSWORD} ${index}`),
  };
  return { ...kinds, service };
}

test('sign-in: unknown, wrong and disabled are the same to the byte', async () => {
  const { unknown, wrong, disabled, disabledWrong } = await start();
  const answer = visible(await wrong(0));
  expect(answer).toMatchObject({ status: 400 });
  for (const other of [await unknown(0), await unknown(1), await disabled(), await disabledWrong(0)]) {
    expect(visible(other)).toEqual(answer);
  }
});

test('sign-in: unknown, wrong and disabled ask the database the same', async () => {
  const { service, unknown, wrong, disabled, disabledWrong } = await start();
  const statements = await recordStatements(service);
  await wrong(0);
  const asked = statements.splice(0);
  expect(asked).not.toEqual([]);
  for (const other of [unknown, disabled, disabledWrong]) {
    await other(0);
    expect(statements.splice(0)).toEqual(asked);
  }
});

test.each(['wrong', 'disabled'] as const)(
  'sign-in: an unknown name takes as long as one that is %s',
  { timeout: 300_000 },
  async (kind) => {
    const kinds = await start();
    const differences = await differencesOf([kinds.unknown, kinds[kind]], BOUND);
    expect(Math.min(...differences), differences.join()).toBeLessThan(BOUND);
  },
);

/** Of cost 8, which takes ten times as long as the cheap hashes of a test, as cost 12 does beside those of a deployment. */
const BCRYPT = '$2b$08$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

type Service = Awaited<ReturnType<typeof startService>>;

const trySignIn = ({ api }: Service, username: string) =>
  api.form('/token', { grant_type: 'password', username, password: PASSWORD });

/** Twenty users who come from another system, and one of them who has no password, counted by a service that starts. */
async function startAfterImport() {
  const databaseUrl = await newDurableDatabase();
  const before = await startService({ databaseUrl });
  await importUsers(before, [null, ...Array.from({ length: 19 }, () => BCRYPT)]);
  await before.stop();
  return startService({ databaseUrl, clock: before.clock });
}

test.each([
  ['has an imported hash', () => importedEmail(1)],
  ['has no password', () => importedEmail(0)],
] as const)(
  'sign-in: where accounts have bcrypt hashes, an unknown name takes as long as one that %s',
  { timeout: 300_000 },
  async (_, known) => {
    const service = await startAfterImport();
    const differences = await differencesOf(
      [(index) => trySignIn(service, `nobody${index}@example.com`), () => trySignIn(service, known())],
      BOUND,
    );
    expect(Math.min(...differences), differences.join()).toBeLessThan(BOUND);
  },
);
