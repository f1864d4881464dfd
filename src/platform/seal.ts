// platform/seal.ts: what must not be read from a database alone, as JWE (RFC 7516) under a key derived from the
// deployment's secret.
import type { KeyObject } from 'node:crypto';
import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt } from 'jose';
import { OperatorError } from '../errors.ts';
import type { DerivedKeys } from './secrets.ts';

export interface Seal {
  seal(plaintext: string): Promise<string>;
  /** Throws `OperatorError` when the secret that sealed it has left the ring, and otherwise when it was altered. */
  open(sealed: string): Promise<string>;
}

/** `lost` is what the operator is told when no key opens it. */
export function createSeal(keys: DerivedKeys, lost: string): Seal {
  async function seal(plaintext: string): Promise<string> {
    const { id, key } = keys.newest;
    return new CompactEncrypt(new TextEncoder().encode(plaintext))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: id })
      .encrypt(key);
  }

  async function open(sealed: string): Promise<string> {
    const { plaintext } = await compactDecrypt(sealed, keyOf);
    return new TextDecoder().decode(plaintext);
  }

  function keyOf({ kid }: CompactJWEHeaderParameters): KeyObject {
    const known = keys.find(String(kid));
    if (!known) throw new OperatorError(lost);
    return known.key;
  }

  return { seal, open };
}
