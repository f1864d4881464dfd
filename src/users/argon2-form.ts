// users/argon2-form.ts: stored argon2 hashes, in the PHC string format
// (https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md).
import { randomBytes } from 'node:crypto';
import { type Argon2Cost, isQuick, verifyArgon2 } from './argon2.ts';
import { decode, type HashReading } from './hash-form.ts';
import { type Argon2Work, findArgon2Excess } from './hash-work.ts';

/** Libraries do not agree on the order of the parameters. */
const phcString =
  /^\$(argon2(?:id|i|d)\$v=(?:16|19))\$([mtp])=([1-9]\d{0,9}),([mtp])=([1-9]\d{0,9}),([mtp])=([1-9]\d{0,9})\$([A-Za-z0-9+/]{11,171})\$([A-Za-z0-9+/]{16,171})$/;

/** What we make: argon2id, version 1.3. */
const CURRENT = 'argon2id$v=19';

/** Null when the text is no argon2 hash, or one that cannot be computed. */
export function readArgon2(stored: string): HashReading | null {
  const work = parseArgon2(stored);
  if (!work) return null;
  const fault = findArgon2Excess(work);
  if (fault !== null) return { fault };
  const library = isQuick(stored) ? 'quick' : 'complete';
  return {
    kind: `${work.algorithm} m=${work.kibibytes},t=${work.passes},p=${work.lanes} ${library}`,
    bytesSeen: Number.POSITIVE_INFINITY,
    verify: (password) => verifyArgon2(stored, password),
  };
}

/** What an argon2id hash took to make; null for any other hash. */
export function argon2idCost(stored: string): Argon2Cost | null {
  const work = parseArgon2(stored);
  return work?.algorithm === CURRENT ? { memoryKiB: work.kibibytes, passes: work.passes } : null;
}

/** No password's hash, of the same kind as those that we make. */
export function argon2Decoy({ memoryKiB, passes }: Argon2Cost): string {
  const [salt, checksum] = [randomBytes(16), randomBytes(32)].map((bytes) =>
    bytes.toString('base64').replaceAll('=', ''),
  );
  return `$${CURRENT}$m=${memoryKiB},t=${passes},p=1$${salt}$${checksum}`;
}

function parseArgon2(stored: string): (Argon2Work & { readonly algorithm: string }) | null {
  const [, algorithm, one = '', first, two = '', second, three = '', third, salt = '', checksum = ''] =
    phcString.exec(stored) ?? [];
  const parameters: Record<string, number> = { [one]: Number(first), [two]: Number(second), [three]: Number(third) };
  const { m: kibibytes = 0, t: passes = 0, p: lanes = 0 } = parameters;
  const isComplete = algorithm !== undefined && kibibytes >= 8 * lanes && passes > 0 && lanes > 0; // RFC 9106 section 3.1
  if (!isComplete || decode(salt, 'base64').length === 0 || decode(checksum, 'base64').length === 0) return null;
  return { algorithm, kibibytes, passes, lanes };
}
