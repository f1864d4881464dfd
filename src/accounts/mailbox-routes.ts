// accounts/mailbox-routes.ts: asking for a mail, and coming back with the code that was in it.
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { anyone } from '../http/guard.ts';
import { accepted, empty, noContent } from '../http/reply.ts';
import type { Visitor } from '../tokens/guard.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Mailbox } from './mailbox.ts';
import { AddressRequest, resetPasswordRequest, VerifyEmailRequest } from './requests.ts';

interface Parts {
  readonly mailbox: Mailbox;
  readonly visitor: Guard<Visitor>;
  readonly passwords: Passwords;
}

export function mailboxEndpoints({ mailbox, visitor, passwords }: Parts): Endpoint[] {
  const common = { method: 'post', tag: 'Account', guard: anyone, failures: 'problem' } as const;
  const replies = { 202: empty('The same for every address, whether anybody has it or not.') };

  return [
    endpoint({
      ...common,
      path: '/email-verification',
      operationId: 'requestEmailVerification',
      summary: 'Send the mail that verifies an address, again',
      description: 'Its code voids the earlier one. An address that is verified, or has no account, gets no mail.',
      limit: 'mail',
      body: AddressRequest,
      replies,
      handle: async ({ body }) => {
        await mailbox.askForMail('email_verification', body.email);
        return accepted();
      },
    }),
    endpoint({
      ...common,
      path: '/email-verification/confirm',
      operationId: 'verifyEmail',
      summary: 'Verify an address with the code from the mail',
      description:
        'Also verifies a new address, which takes the place of the old one now. The code shows who reads the mailbox, and not whose the account is: send an access token of the account, or its password. Without one of them the answer is 403 `proof_required`, and the code stays valid; a password that is sent decides alone. A repetition within a minute gets the same answer, a later one 409 `already_verified`.',
      guard: visitor,
      limit: 'code',
      errors: ['code_invalid', 'proof_required', 'already_verified', 'password_wrong', 'overloaded'],
      body: VerifyEmailRequest,
      replies: { 204: empty('The address is verified.') },
      handle: async ({ body: { code, password = null } }, { caller, origin }) => {
        await mailbox.verifyEmail(code, { password, visitor: caller, origin });
        return noContent();
      },
    }),
    endpoint({
      ...common,
      path: '/password-reset',
      operationId: 'requestPasswordReset',
      summary: 'Send a mail to choose a new password with',
      description:
        'While a code is valid, the mail brings the same code again. An address without an account gets no mail.',
      limit: 'mail',
      body: AddressRequest,
      replies,
      handle: async ({ body }) => {
        await mailbox.askForMail('password_reset', body.email);
        return accepted();
      },
    }),
    endpoint({
      ...common,
      path: '/password-reset/confirm',
      operationId: 'resetPassword',
      summary: 'Choose a new password with the code from the mail',
      description:
        'Ends all sessions and opens none: sign in afterwards. The code of a mail that verifies an address is accepted too, as long as the address was never verified; this verifies it.',
      limit: 'code',
      errors: ['code_invalid', 'overloaded'],
      body: resetPasswordRequest(passwords),
      replies: { 204: empty('The password is changed.') },
      handle: async ({ body }, { origin }) => {
        await mailbox.resetPassword(body.code, body.password, origin);
        return noContent();
      },
    }),
  ];
}
