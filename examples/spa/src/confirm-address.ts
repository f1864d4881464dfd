// confirm-address.ts: verifies an address with the code of a mail, and proof that the account is one's own.
import { forgetCode } from './mailed-code.ts';
import { say } from './messages.ts';
import { asFailure, ask, client } from './service.ts';

interface Proof {
  readonly code: string;
  /** Without it, the session of this tab is the proof. */
  readonly password?: string;
}

/**
 * True when the address is verified, by now or since an earlier click. False when the session here is not of that account.
 * Throws a LatchkeyError for anything else.
 */
export async function confirmAddress(body: Proof): Promise<boolean> {
  try {
    await ask(client.POST('/email-verification/confirm', { body }));
  } catch (error) {
    const { code } = asFailure(error);
    if (code === 'proof_required' && body.password === undefined) return false;
    if (code !== 'already_verified') throw error;
  }
  forgetCode();
  say('Your e-mail address is verified.');
  return true;
}
