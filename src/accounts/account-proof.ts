// accounts/account-proof.ts: a mailed code proves control of the mailbox, and not ownership of the account: an attacker may have
// signed up with the address. An act that makes an account more trusted needs a proof of the account too.
import { AuthError } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';
import type { Visitor } from '../tokens/guard.ts';
import type { Authenticate } from '../users/authenticate.ts';
import type { UserRow } from '../users/user.ts';

/** What a request brings beside the code. */
export interface AccountProof {
  readonly password: string | null;
  readonly visitor: Visitor;
  readonly origin: Origin;
}

/**
 * A password decides, if there is one; otherwise the access token. Throws `proof_required` without a proof of this
 * account, `invalid_token` for a token that is good for nothing, so that a client refreshes it and tries again, and for
 * a password whatever `authenticate.prove` throws.
 */
export type AssertProved = (user: UserRow, proof: AccountProof) => Promise<void>;

export function createAssertProved({ authenticate }: { authenticate: Authenticate }): AssertProved {
  return async ({ id: userId }, { password, visitor, origin }) => {
    if (password !== null) {
      const clientId = visitor.principal?.clientId ?? null;
      await authenticate.prove(password, { userId, clientId, origin });
      return;
    }
    if (visitor.refusal) throw visitor.refusal;
    if (visitor.principal?.userId !== userId) throw new AuthError('proof_required');
  };
}
