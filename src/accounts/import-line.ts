// accounts/import-line.ts: one line of a file of people, as JSON.
import { z } from 'zod';
import type { ImportedUser } from '../users/imported-users.ts';
import { findHashFault } from '../users/stored-hash.ts';
import { Email, Locale, Metadata, PersonalText, Picture, profileOf, Username, Zoneinfo } from './members.ts';

const Role = z.string().regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/, 'This is not the name of a role.');

const PasswordHash = z
  .string()
  .max(1000)
  .superRefine((stored, ctx) => {
    const message = findHashFault(stored);
    if (message !== null) ctx.addIssue({ code: 'custom', message });
  });

const Line = z.strictObject({
  id: z.uuid().toLowerCase().nullish(),
  email: Email,
  username: Username.nullish(),
  given_name: PersonalText.nullish(),
  family_name: PersonalText.nullish(),
  name: PersonalText.nullish(),
  locale: Locale.nullish(),
  zoneinfo: Zoneinfo.nullish(),
  picture: Picture.nullish(),
  roles: z.array(Role).max(100).default([]),
  metadata: Metadata.default({}),
  email_verified: z.boolean().default(false),
  disabled: z.boolean().default(false),
  password_hash: PasswordHash.nullish(),
});

export type ParsedLine =
  | { readonly person: ImportedUser; readonly faults?: never }
  | { readonly person?: never; readonly faults: readonly string[] };

/** Never throws: whatever a line holds, the next one can be good. Faults name the member, and not what it holds. */
export function parseImportLine(text: string): ParsedLine {
  const value = parseJson(text);
  if (value === undefined) return { faults: ['This is not JSON.'] };
  const result = Line.safeParse(value);
  if (!result.success) return { faults: result.error.issues.map(describe) };
  return { person: toPerson(result.data) };
}

/** Undefined also for half a character, written as an escape: no database keeps it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      const isWhole = key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
      if (!isWhole) throw new Error('Half a character.');
      return value;
    });
  } catch {
    return undefined;
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

function toPerson({ id, email, username, password_hash, ...line }: z.output<typeof Line>): ImportedUser {
  return {
    id: id ?? null,
    email,
    username: username ?? null,
    profile: profileOf(line),
    picture: line.picture ?? null,
    roles: line.roles,
    metadata: line.metadata,
    isEmailVerified: line.email_verified,
    isDisabled: line.disabled,
    passwordHash: password_hash ?? null,
  };
}
