// test/users/import-users.ts: users of another system, with the hashes that it stored.
import { createImportedUsers } from '../../src/users/imported-users.ts';
import type { RunningService } from '../harness/service.ts';

const profile = { givenName: null, familyName: null, name: null, locale: null, zoneinfo: null };
const BATCH = 500;

export const importedEmail = (index: number) => `imported${index}@example.com`;

/** One user for each hash, in the order of their identifiers. */
export async function importUsers(service: RunningService, hashes: readonly (string | null)[]): Promise<void> {
  const importedUsers = createImportedUsers({ now: service.clock.now });
  const people = hashes.map((passwordHash, index) => ({
    id: `0199c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    email: { address: importedEmail(index), canonical: importedEmail(index) },
    username: null,
    profile,
    passwordHash,
    picture: null,
    roles: [],
    metadata: {},
    isEmailVerified: true,
    isDisabled: false,
  }));
  for (let at = 0; at < people.length; at += BATCH) {
    await service.database.em.transactional((tx) => importedUsers.add(tx, people.slice(at, at + BATCH)));
  }
}
