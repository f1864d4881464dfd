// Which hash the password of an unknown name is checked against, told by the library that is asked.
import { expect, test, vi } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { importedEmail, importUsers } from './import-users.ts';

let bcryptRuns = 0;

vi.mock(import('bcrypt'), async (importOriginal) => {
  const real = await importOriginal();
  const hash = (password: string, salt: string) => {
    bcryptRuns += 1;
    return real.hash(password, salt);
  };
  return { ...real, hash: Object.assign(hash, real.hash) };
});

const BCRYPT = '$2b$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const PEOPLE = 200;
/** Up to a thousand sign-ins. */
const patience = { timeout: 120_000 };

const indexes = Array.from({ length: PEOPLE }, (_, index) => index);
const unknownEmail = (index: number) => `nobody${index}@example.com`;

/** A service whose accounts have bcrypt hashes, three of four, or hashes of ours; and how often a name takes bcrypt. */
async function start() {
  const service = await startService();
  const ours = await service.passwords.hash('another horse battery');
  await importUsers(
    service,
    indexes.map((index) => (index % 4 === 0 ? ours : BCRYPT)),
  );
  const takesBcrypt = async (username: string) => {
    bcryptRuns = 0;
    const answer = await service.api.form('/token', { grant_type: 'password', username, password: PASSWORD });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    return bcryptRuns === 1;
  };
  const which = async (nameOf: (index: number) => string) => {
    const taken: boolean[] = [];
    for (const index of indexes) taken.push(await takesBcrypt(nameOf(index)));
    return taken;
  };
  const share = (taken: readonly boolean[]) => taken.filter(Boolean).length / PEOPLE;
  return { ...service, takesBcrypt, which, share };
}

test(
  'unknown name: as many of them as of the accounts are checked with bcrypt, and always the same',
  patience,
  async () => {
    const { which, share, refreshDecoys } = await start();
    await refreshDecoys();
    expect(share(await which(importedEmail))).toBe(0.75);
    const unknown = await which(unknownEmail);
    // Four standard deviations of a share among 200 names.
    expect(share(unknown)).toBeGreaterThan(0.62);
    expect(share(unknown)).toBeLessThan(0.88);
    await refreshDecoys();
    expect(await which(unknownEmail)).toEqual(unknown);
    expect(await which((index) => unknownEmail(index).toUpperCase())).toEqual(unknown);
  },
);

test(
  'unknown name: an account without a password, or with one that cannot be read, is checked like an unknown name',
  patience,
  async () => {
    const service = await start();
    await service.refreshDecoys();
    await service.database.em.execute(
      "update users set password_hash = case when email like '%1@%' then null else 'x' end",
    );
    const emptied = await service.which(importedEmail);
    expect(service.share(emptied)).toBeGreaterThan(0.62);
    expect(service.share(emptied)).toBeLessThan(0.88);
    await service.database.em.execute('delete from users');
    expect(await service.which(importedEmail)).toEqual(emptied);
  },
);

test('unknown name: an account whose password is locked is checked as before', patience, async () => {
  const service = await start();
  await service.refreshDecoys();
  const before = await service.which(importedEmail);
  await service.database.em.execute('update users set password_locked_at = password_changed_at');
  expect(await service.which(importedEmail)).toEqual(before);
});
