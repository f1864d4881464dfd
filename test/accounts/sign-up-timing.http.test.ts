// Where a sign-up does not tell whether an address was new, its time does not tell either.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { differencesOf } from '../harness/timing.ts';
import { visible } from '../harness/visible.ts';

/** The hash is as dear as in earnest: beside it, what is left of a difference is small. */
const env = {
  SIGNUP_DISCLOSURE: 'strict',
  EMAIL_VERIFICATION: 'required',
  PASSWORD_HASH_MEMORY: '19MiB',
  PASSWORD_HASH_PASSES: '2',
};
const BOUND = 0.05;

test('sign-up: a new and a taken address, one answer after the same time', { timeout: 300_000 }, async () => {
  const { api } = await startService({ env });
  const signUp = (email: string) => api.post('/signup', { email, password: PASSWORD });
  await signUp('ann@example.com');
  const fresh = (index: number) => signUp(`new${index}@example.com`);
  const taken = () => signUp('ann@example.com');
  const refused = await taken();
  expect(refused).toMatchObject({ status: 202, text: '' });
  expect(visible(await fresh(-1))).toEqual(visible(refused));
  const differences = await differencesOf([fresh, taken], BOUND);
  expect(Math.min(...differences), differences.join()).toBeLessThan(BOUND);
});

test('sign-up: a new and a taken address ask as much of the database', async () => {
  const service = await startService({ env });
  const signUp = (email: string) => service.api.post('/signup', { email, password: PASSWORD });
  await signUp('ann@example.com');
  const statements = await recordStatements(service);
  await signUp('new@example.com');
  const asked = statements.splice(0).map(kindOf);
  await signUp('ann@example.com');
  const taken = statements.map(kindOf);
  expect(taken).toEqual(asked.map((kind) => (kind === 'insert users' ? 'update users' : kind)));
  expect(asked).toContain('insert users');
});

function kindOf(sql: string): string {
  const [, verb = sql, table = ''] = /^(\w+)(?:.*? from| into)? [`"]?(\w+)/i.exec(sql) ?? [];
  return `${verb} ${table}`.toLowerCase().trim();
}
