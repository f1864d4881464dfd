// accounts/mailbox-routes.ts: asking for a mail, and coming back with the code that was in it.
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { anyone } from '../http/guard.ts';
import { accepted, empty, noContent } from '../http/reply.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Mailbox } from './mailbox.ts';
import { AddressRequest, resetPasswordRequest, VerifyEmailRequest } from './requests.ts';

interface Parts {
  readonly mailbox: Mailbox;
  readonly passwords: Passwords;
}

export function mailboxEndpoints({ mailbox, passwords }: Parts): Endpoint[] {
  const common = { method: 'post', tag: 'Account', guard: anyone, failures: 'problem' } as const;
  const replies = { 202: empty('The same for every address, whether anybody has it or not.') };

  return [
    endpoint({
      ...common,
      path: '/email-verification',
      operationId: 'requestEmailVerification',
      summary: 'Send the mail that proves an address, again',
      description: 'The code in it voids the one before it. An address that is proved, or nobody’s, gets no mail.',
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
      summary: 'Prove an address with the code from the mail',
      description: 'Also of a new address: it takes the place of the old one now.',
      limit: 'code',
      errors: ['code_invalid'],
      body: VerifyEmailRequest,
      replies: { 204: empty('The address is proved.') },
      handle: async ({ body }, { origin }) => {
        await mailbox.verifyEmail(body.code, origin);
        return noContent();
      },
    }),
    endpoint({
      ...common,
      path: '/password-reset',
      operationId: 'requestPasswordReset',
      summary: 'Send a mail to choose a new password with',
      description: 'The code in it voids the one before it. An address that is nobody’s gets no mail.',
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
      description: 'Ends all sessions and opens none: sign in afterwards.',
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
