// users/passwords.ts: what a password must be, and how it is kept: argon2id (RFC 9106) over the NFC form.
import { randomBytes } from 'node:crypto';
import { AuthError } from '../errors.ts';
import { hashArgon2, verifyArgon2 } from './argon2.ts';
import { isCommonPassword } from './common-passwords.ts';
import { readForeignHash } from './foreign-hashes.ts';
import type { HashingLane } from './hashing-lane.ts';

/** NIST SP 800-63B-4 asks for at least 64 characters; more than this would only feed the hash. */
export const MAX_PASSWORD_BYTES = 1024;

export interface PasswordSettings {
  /** In Unicode code points. */
  readonly minLength: number;
  readonly memoryKiB: number;
  readonly passes: number;
}

interface Parts extends PasswordSettings {
  readonly lane: HashingLane;
  /** Names of the service, which are nobody's secret. */
  readonly serviceWords?: readonly string[];
}

export interface PasswordFault {
  readonly code: 'password_too_short' | 'password_too_long' | 'password_control_character' | 'password_blocklisted';
  readonly detail: string;
}

/** What a password must not be, because anybody can know it. */
export interface Owner {
  readonly email?: string | undefined;
  readonly username?: string | null | undefined;
}

export type Passwords = ReturnType<typeof createPasswords>;

export function createPasswords({ lane, minLength, memoryKiB, passes, serviceWords = [] }: Parts) {
  /** What the password of an unknown user is compared with: the same work, and never a match. */
  const decoy = hashArgon2(randomBytes(32).toString('base64'), { memoryKiB, passes });

  /** Why a new password is refused, or null. There are no composition rules (NIST SP 800-63B-4 section 3.1.1.2). */
  function findFault(password: string): PasswordFault | null {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
      return { code: 'password_too_long', detail: `The password has more than ${MAX_PASSWORD_BYTES} bytes.` };
    }
    if (/[\0\r\n]/.test(password)) {
      return { code: 'password_control_character', detail: 'The password holds a line break or a NUL.' };
    }
    if ([...normalize(password)].length < minLength) {
      return { code: 'password_too_short', detail: `The password has fewer than ${minLength} characters.` };
    }
    if (isCommonPassword(normalize(password)) || isOneOf(serviceWords, password)) return common;
    return null;
  }

  /** The same for what only its owner makes guessable: the whole password, not a word within a longer one. */
  function findFaultFor({ email = '', username }: Owner, password: string): PasswordFault | null {
    const [local = ''] = email.split('@');
    return isOneOf([email, local, username ?? ''], password) ? personal : null;
  }

  /** A PHC string. Throws `overloaded` when too many wait for a hash, or whoever waited for this one has gone. */
  function hash(password: string, gone?: AbortSignal): Promise<string> {
    return lane.run(() => hashArgon2(normalize(password), { memoryKiB, passes }), gone);
  }

  /**
   * Whether the password is the one that was hashed. A missing or unreadable hash costs as much as a wrong password,
   * so that time does not tell which names exist.
   */
  async function verify(stored: string | null, password: string, gone?: AbortSignal): Promise<boolean> {
    const known = stored !== null && isReadableHash(stored) ? stored : null;
    const matches = await lane.run(async () => compare(known ?? (await decoy), password).catch(ownTrouble), gone);
    return matches && known !== null;
  }

  /** True when the hash is another system's, or cost less work than is asked for now. */
  function isOutdated(stored: string): boolean {
    const cost = stored.startsWith('$argon2id$v=19$') ? argon2Cost(stored) : null;
    return cost === null || cost.m * cost.t < memoryKiB * passes;
  }

  return { findFault, findFaultFor, hash, verify, isOutdated, assertRoom: lane.assertRoom };
}

const common: PasswordFault = {
  code: 'password_blocklisted',
  detail: 'The password is one of those that everybody tries first.',
};

const personal: PasswordFault = {
  code: 'password_blocklisted',
  detail: 'The password is the name or the address of the account.',
};

function isOneOf(words: readonly string[], password: string): boolean {
  const folded = normalize(password).toLowerCase();
  return folded !== '' && words.some((word) => normalize(word).toLowerCase() === folded);
}

/** Our own hashes are over the NFC form; those of other systems are over what was typed. */
function compare(stored: string, password: string): Promise<boolean> {
  return readForeignHash(stored)?.verify(password) ?? verifyArgon2(stored, normalize(password));
}

/** The PHC string format of argon2; libraries do not agree on the order of its parameters. */
const phcString =
  /^\$argon2(?:id|i|d)\$v=\d+\$([mtp])=(\d{1,10}),([mtp])=(\d{1,10}),([mtp])=(\d{1,10})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/;

function argon2Cost(stored: string): { m: number; t: number; p: number } | null {
  const [found, one = '', first, two = '', second, three = '', third] = phcString.exec(stored) ?? [];
  const parameters: Record<string, number> = { [one]: Number(first), [two]: Number(second), [three]: Number(third) };
  const { m = 0, t = 0, p = 0 } = parameters;
  return found === undefined ? null : { m, t, p };
}

/** In a form that we know, with parameters that it can be computed with (RFC 9106 section 3.1). */
export function isReadableHash(stored: string): boolean {
  const cost = argon2Cost(stored);
  if (cost === null) return readForeignHash(stored) !== null;
  return cost.t >= 1 && cost.p >= 1 && cost.m >= 8 * cost.p && cost.m < 2 ** 32;
}

/** A well-formed hash can only fail to be checked for want of memory or threads, which is no fault of the password. */
function ownTrouble(cause: unknown): never {
  throw new AuthError('unavailable', { cause });
}

/** NFC and nothing more: the same password typed on two keyboards is the same, and no two others are. */
function normalize(password: string): string {
  return password.normalize('NFC');
}
