// users/user-wire.ts: people as they appear on the wire.
import { z } from 'zod';
import { toNumericDate } from '../platform/clock.ts';
import type { UserRow } from './user.ts';
import { userExample, userInfoExample } from './user-examples.ts';

export const UserWire = z
  .object({
    id: z.uuid(),
    email: z.string(),
    email_verified: z.boolean(),
    preferred_username: z.string().nullable(),
    given_name: z.string().nullable(),
    family_name: z.string().nullable(),
    name: z.string().nullable(),
    locale: z.string().nullable(),
    zoneinfo: z.string().nullable(),
    picture: z.string().nullable(),
    roles: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()).describe("The application's own; Latchkey does not read it."),
    disabled: z.boolean(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    last_signed_in_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'User', examples: [userExample] });

export function presentUser(user: UserRow): z.input<typeof UserWire> {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    preferred_username: user.username,
    given_name: user.givenName,
    family_name: user.familyName,
    name: user.name,
    locale: user.locale,
    zoneinfo: user.zoneinfo,
    picture: user.picture,
    roles: user.roles,
    metadata: user.metadata,
    disabled: user.disabledAt !== null,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
    last_signed_in_at: user.lastSignedInAt?.toISOString() ?? null,
  };
}

/** OpenID Connect Core 1.0 section 5.1; a claim that is not known is left out (section 5.3.2). */
export const UserInfo = z
  .object({
    sub: z.uuid(),
    email: z.string(),
    email_verified: z.boolean(),
    preferred_username: z.string().optional(),
    given_name: z.string().optional(),
    family_name: z.string().optional(),
    name: z.string().optional(),
    locale: z.string().optional(),
    zoneinfo: z.string().optional(),
    picture: z.string().optional(),
    updated_at: z.int().describe('Seconds since 1970-01-01T00:00:00Z.'),
  })
  .meta({ id: 'UserInfo', description: 'OpenID Connect claims about the user.', examples: [userInfoExample] });

export function presentUserInfo(user: UserRow): z.input<typeof UserInfo> {
  return {
    sub: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    preferred_username: user.username ?? undefined,
    given_name: user.givenName ?? undefined,
    family_name: user.familyName ?? undefined,
    name: user.name ?? undefined,
    locale: user.locale ?? undefined,
    zoneinfo: user.zoneinfo ?? undefined,
    picture: user.picture ?? undefined,
    updated_at: toNumericDate(user.updatedAt),
  };
}
