// users/email-address.ts: the one place that decides whether two spellings are one address.
import { domainToASCII } from 'node:url';

export interface EmailAddress {
  /** As written, in Unicode NFC: where mail is sent. */
  readonly address: string;
  /** What uniqueness and look-up go by: NFC, lower case, the domain in its ASCII form (RFC 5891). */
  readonly canonical: string;
}

/** RFC 5321 section 4.5.3.1. */
const MAX_LOCAL_BYTES = 64;
const MAX_BYTES = 254;

/**
 * RFC 5322 dot-atom, opened to letters of any script (RFC 6531). Quoted local parts, comments, groups and lists are
 * refused: each of them has steered some mailer to somebody else's address.
 */
const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;

/**
 * Before its ASCII form is asked for: that question is answered by a parser of URLs, which drops line breaks and
 * invisible characters, undoes percent-encoding, and stops at a slash. The full stop of East Asian keyboards is one too.
 */
const unicodeDomain = /^[\p{L}\p{M}\p{N}-]+([.\u3002][\p{L}\p{M}\p{N}-]+)+$/u;

/** Some letters and marks are not seen, so that two addresses would look like one. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;

/** Host names (RFC 1123 section 2.1) of two labels or more. The last begins with a letter: no IP address does. */
const asciiDomain = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Normalises, then validates. Null when it is not an address that we deliver to. */
export function parseEmailAddress(text: string): EmailAddress | null {
  const address = text.normalize('NFC');
  const [local = '', domain = '', ...more] = address.split('@');
  if (more.length > 0 || invisible.test(address)) return null;
  if (!localPart.test(local) || !unicodeDomain.test(domain)) return null;
  const canonicalLocal = local.toLowerCase().normalize('NFC');
  const canonicalDomain = domainToASCII(domain);
  if (!asciiDomain.test(canonicalDomain)) return null;
  const canonical = `${canonicalLocal}@${canonicalDomain}`;
  return fits(local, address) && fits(canonicalLocal, canonical) ? { address, canonical } : null;
}

function fits(local: string, address: string): boolean {
  return Buffer.byteLength(local) <= MAX_LOCAL_BYTES && Buffer.byteLength(address) <= MAX_BYTES;
}
