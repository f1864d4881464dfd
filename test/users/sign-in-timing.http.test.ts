// A sign-in that fails does not tell by its time what it failed for.
import { expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { differencesOf } from '../harness/timing.ts';
import { visible } from '../harness/visible.ts';

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
