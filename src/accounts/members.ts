// accounts/members.ts: the members that requests about accounts share, and every way in which each can be wrong.

import { z } from 'zod';
import { parseEmailAddress } from '../users/email-address.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Profile } from '../users/user-changes.ts';
import { isUsername } from '../users/username.ts';

/** Text for people. Control characters and those that turn the direction of writing have no place in a name. */
const hidden = /[\p{Cc}\u2028-\u202E\u2066-\u2069]/u;

export const PersonalText = z
  .string()
  .min(1)
  .max(256)
  .refine((value) => !hidden.test(value), 'This holds a character that cannot be shown.');

export const Email = z
  .string()
  .max(320)
  .transform((value, ctx) => {
    const email = parseEmailAddress(value);
    if (email) return email;
    ctx.addIssue({ code: 'custom', params: { code: 'email_invalid' }, message: 'This is not an e-mail address.' });
    return z.NEVER;
  });

export const Username = z.string().refine(isUsername, {
  params: { code: 'username_invalid' },
  error: 'Up to 64 letters, digits and _ . - in between.',
});

/** At most, as JSON in UTF-8. */
const MAX_METADATA_BYTES = 4096;

/** BCP 47. */
export const Locale = z
  .string()
  .max(35)
  .refine(isLocale, { params: { code: 'locale_invalid' }, error: 'This is not a language tag like en-GB.' });

export const Zoneinfo = z
  .string()
  .max(64)
  .refine(isTimeZone, { params: { code: 'zoneinfo_invalid' }, error: 'This is not a time zone like Europe/Paris.' });

export const Picture = z
  .string()
  .max(2048)
  .refine(isPicture, { params: { code: 'picture_invalid' }, error: 'This is not an https:// address.' })
  .describe('Where the picture is; Latchkey does not fetch it.');

export const Metadata = z
  .record(z.string(), z.unknown())
  .refine(fits, { params: { code: 'metadata_too_large' }, error: `This has more than ${MAX_METADATA_BYTES} bytes.` })
  .refine((metadata) => !holdsNul(metadata), 'This holds a NUL character.')
  .describe("The application's own, replaced as a whole. Whoever is signed in can write it: no place for permissions.");

/** A password that is about to be set. */
export function newPassword(passwords: Passwords) {
  return z.string().superRefine((password, ctx) => {
    const fault = passwords.findFault(password);
    if (fault) ctx.addIssue({ code: 'custom', params: { code: fault.code }, message: fault.detail });
  });
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** A name of the IANA database; an offset like +01:00 is not where somebody lives. */
function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

function isPicture(text: string): boolean {
  return /^https:\/\/./i.test(text) && URL.canParse(text) && !hidden.test(text);
}

function fits(metadata: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES;
}

/** PostgreSQL cannot keep it, not even escaped. */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (!(value instanceof Object)) return false;
  return Object.entries(value).some(([key, member]) => key.includes('\0') || holdsNul(member));
}

interface ProfileMembers {
  readonly given_name?: string | null | undefined;
  readonly family_name?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly locale?: string | null | undefined;
  readonly zoneinfo?: string | null | undefined;
}

/** Of somebody who is new: what is not said is not set. */
export function profileOf(wire: ProfileMembers): Profile {
  return {
    givenName: wire.given_name ?? null,
    familyName: wire.family_name ?? null,
    name: wire.name ?? null,
    locale: wire.locale ?? null,
    zoneinfo: wire.zoneinfo ?? null,
  };
}
