// users/users.ts: accounts in the database.
import { domainToASCII } from 'node:url';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { AuthError, type FieldError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { type Query, query, type Table } from '../platform/query.ts';
import { newId } from '../platform/random.ts';
import { statement } from '../platform/statement.ts';
import { type EmailAddress, parseEmailAddress } from './email-address.ts';
import { findUserBy } from './find-user.ts';
import { User, type UserRow } from './user.ts';
import { createUserChanges, type Profile } from './user-changes.ts';
import { canonicalUsername } from './username.ts';

/** Everybody has it; it gives access to one's own account. */
export const DEFAULT_ROLE = 'user';

export function particularRoles(roles: readonly string[]): string[] {
  return roles.filter((role) => role !== DEFAULT_ROLE);
}

interface Tables {
  User: Table<typeof User>;
}

export interface NewUser {
  readonly email: EmailAddress;
  readonly username: string | null;
  readonly profile: Profile;
  readonly passwordHash: string;
}

interface SignInNote extends Pick<UserRow, 'id' | 'passwordChangedAt'> {
  readonly lastSignedInAt: Date;
}

const noteSignIn = statement((db: Query<Tables>, { id, passwordChangedAt, lastSignedInAt }: SignInNote) =>
  db
    .updateTable('User')
    .set({ lastSignedInAt })
    .where('id', '=', id)
    .where('passwordChangedAt', '=', passwordChangedAt)
    .where('disabledAt', 'is', null),
);

export type Users = ReturnType<typeof createUsers>;

export function createUsers({ em, now }: { em: SqlEntityManager; now: Clock }) {
  /** Fails with a unique violation when address or name are taken: `assertFree` says which. */
  async function create(tx: SqlEntityManager, wanted: RowParts): Promise<UserRow> {
    const user = toRow(wanted, now());
    await tx.insert(User, user);
    return user;
  }

  /** Throws `email_taken` or `username_taken`, with a field error for each that is. Null asks for none. */
  async function assertFree({ email, username }: Wanted): Promise<void> {
    const taken: FieldError[] = [];
    if (email && (await findByEmail(em, email))) taken.push(emailTaken);
    if (username && (await findUserBy(em, 'usernameCanonical', canonicalUsername(username)))) taken.push(usernameTaken);
    if (taken.length > 0) throw takenError(taken);
  }

  /** By e-mail address if it has an at sign, which no user name has; by user name otherwise. */
  async function findByLogin(login: string): Promise<UserRow | null> {
    if (!login.includes('@')) return findUserBy(em, 'usernameCanonical', canonicalUsername(login));
    const email = parseEmailAddress(login);
    return email && findByEmail(em, email);
  }

  async function findByEmail(tx: SqlEntityManager, { canonical }: EmailAddress): Promise<UserRow | null> {
    return findUserBy(tx, 'emailCanonical', canonical);
  }

  /**
   * Notes the sign-in of a user whose password was right, if that still counts: a user who was disabled, or whose
   * password was changed, while the hash was being computed is refused with `credentials_wrong`.
   */
  async function markSignedIn(tx: SqlEntityManager, user: UserRow): Promise<UserRow> {
    const signedIn = { ...user, lastSignedInAt: now() };
    if ((await noteSignIn.change(tx, signedIn)) !== 1) throw new AuthError('credentials_wrong');
    return signedIn;
  }

  /** Puts a stronger hash of the same password in place of the old one, unless somebody was faster. */
  async function upgradeHash(user: UserRow, passwordHash: string): Promise<void> {
    await query<Tables>(em)
      .updateTable('User')
      .set({ passwordHash })
      .where('id', '=', user.id)
      .where('passwordHash', '=', user.passwordHash)
      .execute();
  }

  /** By address, from the one after `after`. `search` is part of an address or a user name, in any case. */
  async function list({ search, after, limit }: Page): Promise<UserRow[]> {
    const written = search.normalize('NFC').toLowerCase();
    const domain = written.split(/[^\p{L}\p{M}\p{N}.-]/u).at(-1) ?? '';
    const inAscii = written.slice(0, written.length - domain.length) + (domainToASCII(domain) || domain);
    const [pattern, asciiPattern] = [written, inAscii].map((part) => `%${part.replaceAll(/[\\%_]/g, '\\$&')}%`);
    return query<Tables>(em)
      .selectFrom('User')
      .selectAll()
      .where('emailCanonical', '>', after)
      .where(
        sql<boolean>`(email_canonical like ${pattern} escape '\\' or email_canonical like ${asciiPattern} escape '\\' or username_canonical like ${pattern} escape '\\')`,
      )
      .orderBy('emailCanonical')
      .limit(limit)
      .execute();
  }

  const findIn = (tx: SqlEntityManager, id: string) => findUserBy(tx, 'id', id);
  const find = (id: string) => findIn(em, id);
  return {
    create,
    assertFree,
    find,
    findIn,
    findByEmail,
    findByLogin,
    markSignedIn,
    upgradeHash,
    list,
    ...createUserChanges({ now }),
  };
}

/** The name that a login is throttled by while nobody has it: one for all its spellings. */
export function canonicalLogin(login: string): string {
  return parseEmailAddress(login)?.canonical ?? canonicalUsername(login);
}

type RowParts = Omit<NewUser, 'passwordHash'> & { readonly passwordHash: string | null };

export interface Page {
  readonly search: string;
  /** Canonical address; empty for the first page. */
  readonly after: string;
  readonly limit: number;
}

/** What somebody would like to be called. */
interface Wanted {
  readonly email: EmailAddress | null;
  readonly username: string | null;
}

const emailTaken: FieldError = {
  pointer: '/email',
  code: 'email_taken',
  detail: 'There is an account with this e-mail address.',
};

export const usernameTaken: FieldError = {
  pointer: '/preferred_username',
  code: 'username_taken',
  detail: 'There is an account with this user name.',
};

/** Named after the first of them. */
export function takenError(taken: readonly FieldError[]): AuthError {
  return new AuthError(taken[0] === emailTaken ? 'email_taken' : 'username_taken', { fields: taken });
}

/** Somebody who is new, with nothing that is not said. */
export function toRow({ email, username, profile, passwordHash }: RowParts, at: Date): UserRow {
  return {
    id: newId(),
    email: email.address,
    emailCanonical: email.canonical,
    emailVerifiedAt: null,
    username,
    usernameCanonical: username && canonicalUsername(username),
    ...profile,
    picture: null,
    roles: [DEFAULT_ROLE],
    metadata: {},
    passwordHash,
    passwordChangedAt: at,
    passwordLockedAt: null,
    disabledAt: null,
    lastSignedInAt: null,
    createdAt: at,
    updatedAt: at,
  };
}
