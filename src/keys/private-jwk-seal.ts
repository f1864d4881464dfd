// keys/private-jwk-seal.ts: private keys at rest.
import type { JWK } from 'jose';
import { createSeal } from '../platform/seal.ts';
import type { DerivedKeys } from '../platform/secrets.ts';

const WRONG_SECRET = 'No secret in SECRETS opens the signing keys of this database. Was one removed too early?';

export interface PrivateJwkSeal {
  seal(jwk: JWK): Promise<string>;
  /** Throws when the secret that sealed it has left the ring, or when the text was altered. */
  open(sealed: string): Promise<JWK>;
}

export function createPrivateJwkSeal(keys: DerivedKeys): PrivateJwkSeal {
  const { seal, open } = createSeal(keys, WRONG_SECRET);
  return {
    seal: (jwk) => seal(JSON.stringify(jwk)),
    open: async (sealed) => JSON.parse(await open(sealed)),
  };
}
