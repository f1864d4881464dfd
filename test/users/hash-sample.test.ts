import { expect, test } from 'vitest';
import { sampleHashes } from '../../src/users/hash-sample.ts';
import { startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { importUsers } from './import-users.ts';

/** A service with so many users, whose hashes are their numbers. */
async function startWith(count: number, hashOf = (index: number): string | null => String(index)) {
  const service = await startService();
  await importUsers(
    service,
    Array.from({ length: count }, (_, index) => hashOf(index)),
  );
  return { ...service, em: service.database.em };
}

const numbers = (sample: readonly string[]) => sample.map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test.each([0, 1, 99, 100, 101, 1_234])('hash sample: of %i users it is all', async (count) => {
  const { em } = await startWith(count);
  expect(numbers(await sampleHashes(em))).toEqual(upTo(count));
});

test('hash sample: of many users it is every n-th, the same each time, in few statements', async () => {
  const service = await startWith(5_000);
  const statements = await recordStatements(service);
  const sample = numbers(await sampleHashes(service.em));
  expect(statements.length).toBeLessThan(60);
  const [first = 0, second = 0] = sample;
  const stride = second - first;
  expect(stride).toBeGreaterThan(1);
  expect(sample).toEqual(upTo(5_000).filter((index) => index % stride === stride - 1));
  expect(sample.length).toBeGreaterThanOrEqual(1_000);
  expect(sample.length).toBeLessThan(2_000);
  expect(numbers(await sampleHashes(service.em))).toEqual(sample);
});

test('hash sample: a new user changes nothing about the others', async () => {
  const { em, api } = await startWith(3_000);
  const before = await sampleHashes(em);
  await api.signUp({ email: 'new@example.com' });
  expect((await sampleHashes(em)).slice(0, before.length)).toEqual(before);
});

test('hash sample: users without a password are left out', async () => {
  const { em } = await startWith(10, (index) => (index % 2 === 0 ? null : String(index)));
  expect(numbers(await sampleHashes(em))).toEqual([1, 3, 5, 7, 9]);
});

test('hash sample: stops when told to', async () => {
  const service = await startWith(1_000);
  const statements = await recordStatements(service);
  await sampleHashes(service.em, AbortSignal.abort());
  expect(statements).toEqual([]);
});
