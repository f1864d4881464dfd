// users/user.ts: the table of people.
import { defineEntity, p } from '@mikro-orm/core';
import type { Row } from '../platform/query.ts';

export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    /** As its owner wrote it. */
    email: p.text(),
    /** As it is compared: see email-address.ts. */
    emailCanonical: p.text().unique('users_email_canonical_unique'),
    emailVerifiedAt: p.datetime(3).nullable(),
    username: p.text().nullable(),
    usernameCanonical: p.text().nullable().unique('users_username_canonical_unique'),
    givenName: p.text().nullable(),
    familyName: p.text().nullable(),
    name: p.text().nullable(),
    locale: p.text().nullable(),
    zoneinfo: p.text().nullable(),
    picture: p.text().nullable(),
    roles: p.json<string[]>(),
    /** The application's own; at most 4 KB as JSON. */
    metadata: p.json<Record<string, unknown>>(),
    passwordHash: p.text().nullable().hidden().lazy(),
    /** A sign-in that began before this instant must not end after it: see `markSignedIn`. */
    passwordChangedAt: p.datetime(3),
    /** Strangers failed too often: to them no password is right until a new one is chosen. */
    passwordLockedAt: p.datetime(3).nullable(),
    disabledAt: p.datetime(3).nullable(),
    lastSignedInAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
  // A search that finds little reads this instead of the whole table.
  indexes: [{ name: 'users_search_index', properties: ['emailCanonical', 'usernameCanonical'] }],
});

export type UserRow = Row<typeof User>;
