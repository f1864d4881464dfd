// users/passwords.ts: what a password must be, and how it is kept: argon2id (RFC 9106) over the NFC form.
import { AuthError } from '../errors.ts';
import { hashArgon2 } from './argon2.ts';
import { argon2idCost } from './argon2-form.ts';
import { isCommonPassword } from './common-passwords.ts';
import { usualDecoy } from './decoys.ts';
import type { ReadableHash } from './hash-form.ts';
import type { HashingLane } from './hashing-lane.ts';
import { normalize, readableHash } from './stored-hash.ts';

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
  /** What the password of an unknown name is checked against. */
  readonly decoyFor?: (name: string) => ReadableHash;
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

/** Who tries a password. */
interface Attempt {
  /** In its canonical form, whether an account has it or not. */
  readonly name?: string;
  /** Aborted when the client has gone. */
  readonly gone?: AbortSignal | undefined;
}

export function createPasswords({ lane, decoyFor, minLength, memoryKiB, passes, serviceWords = [] }: Parts) {
  const usual = usualDecoy({ memoryKiB, passes });

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
   * Whether the password is the one that was hashed. A missing or unreadable hash costs as much as that of an account
   * could, so that time does not tell which names exist.
   */
  async function verify(stored: string | null, password: string, { name = '', gone }: Attempt = {}): Promise<boolean> {
    const decoy = decoyFor?.(name) ?? usual;
    const known = stored === null ? null : readableHash(stored);
    const matches = await lane.run(() => (known ?? decoy).verify(password).catch(ownTrouble), gone);
    return matches && known !== null;
  }

  /**
   * Whether this password, which matches, should be hashed anew: the hash is another system's, or cost less work than is
   * asked for now. Not if the hash depends on the beginning of the password only: a typo after that would become part of
   * the password, and lock its owner out.
   */
  function needsRehash(stored: string, password: string): boolean {
    const { bytesSeen = 0 } = readableHash(stored) ?? {};
    return isOutdated(stored) && Buffer.byteLength(password) <= bytesSeen;
  }

  function isOutdated(stored: string): boolean {
    const cost = argon2idCost(stored);
    return cost === null || cost.memoryKiB * cost.passes < memoryKiB * passes;
  }

  return { findFault, findFaultFor, hash, verify, needsRehash, assertRoom: lane.assertRoom };
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

/** A well-formed hash can only fail to be checked for want of memory or threads, which is no fault of the password. */
function ownTrouble(cause: unknown): never {
  throw new AuthError('unavailable', { cause });
}
