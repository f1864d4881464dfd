// users/imported-users.ts: people who come from another system, many at a time.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import type { User, UserRow } from './user.ts';
import { canonicalUsername } from './username.ts';
import { DEFAULT_ROLE, type NewUser, toRow } from './users.ts';

export interface ImportedUser extends Omit<NewUser, 'passwordHash'> {
  /** The identifier that other systems know them by already; null for a new one. */
  readonly id: string | null;
  /** Null for somebody who has to choose a password first. */
  readonly passwordHash: string | null;
  readonly picture: string | null;
  /** Beside the one that everybody has. */
  readonly roles: readonly string[];
  readonly metadata: Record<string, unknown>;
  readonly isEmailVerified: boolean;
  readonly isDisabled: boolean;
}

interface Tables {
  User: Table<typeof User>;
}

/** In their canonical forms. */
export interface Taken {
  readonly ids: ReadonlySet<string>;
  readonly emails: ReadonlySet<string>;
  readonly usernames: ReadonlySet<string>;
}

export type ImportedUsers = ReturnType<typeof createImportedUsers>;

export function createImportedUsers({ now }: { now: Clock }) {
  /** Of the identifiers, addresses and names of these people, those that are some account's. */
  async function findTaken(tx: SqlEntityManager, people: readonly ImportedUser[]): Promise<Taken> {
    const emails = people.map(({ email }) => email.canonical);
    const usernames = people.flatMap(({ username }) => (username === null ? [] : [canonicalUsername(username)]));
    return {
      ids: new Set(
        await findAmong(
          tx,
          'id',
          people.flatMap(({ id }) => id ?? []),
        ),
      ),
      emails: new Set(await findAmong(tx, 'emailCanonical', emails)),
      usernames: new Set(await findAmong(tx, 'usernameCanonical', usernames)),
    };
  }

  /** All of them or, with a unique violation, none. */
  async function add(tx: SqlEntityManager, people: readonly ImportedUser[]): Promise<void> {
    if (people.length === 0) return;
    const at = now();
    const rows = people.map((person) => importedRow(person, at));
    await query<Tables>(tx).insertInto('User').values(rows).execute();
  }

  return { findTaken, add };
}

async function findAmong(
  tx: SqlEntityManager,
  column: 'id' | 'emailCanonical' | 'usernameCanonical',
  wanted: readonly string[],
): Promise<string[]> {
  if (wanted.length === 0) return []; // an empty list is no SQL
  const rows = await query<Tables>(tx).selectFrom('User').select(column).where(column, 'in', wanted).execute();
  return rows.flatMap((row) => row[column] ?? []);
}

function importedRow(
  { id, picture, roles, metadata, isEmailVerified, isDisabled, ...user }: ImportedUser,
  at: Date,
): UserRow {
  const row = toRow(user, at);
  return {
    ...row,
    id: id ?? row.id,
    picture,
    roles: [...new Set([DEFAULT_ROLE, ...roles])],
    metadata,
    emailVerifiedAt: isEmailVerified ? at : null,
    disabledAt: isDisabled ? at : null,
  };
}
