// accounts/routes.ts: accounts over HTTP: signing up, and everything that is done to an account afterwards.
import { z } from 'zod';
import type { Client } from '../clients/client.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { accepted, created, empty, json, noContent, ok } from '../http/reply.ts';
import { TokenAnswer } from '../tokens/token-answer.ts';
import { signedUpExample, tokenAnswerExamples } from '../tokens/token-examples.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Principal } from '../users/principal.ts';
import { newUserExample } from '../users/user-examples.ts';
import { presentUser, UserWire } from '../users/user-wire.ts';
import type { Credentials } from './credentials.ts';
import type { ChangeProfile } from './profile.ts';
import { ChangeEmailRequest, changePasswordRequest, DeleteMeRequest, UpdateMeRequest } from './requests.ts';
import type { SignUp } from './sign-up.ts';
import { signUpRequest } from './sign-up-request.ts';

interface Parts {
  readonly client: Guard<Client>;
  readonly signedIn: Guard<Principal>;
  readonly passwords: Passwords;
  readonly signUp: SignUp;
  readonly changeProfile: ChangeProfile;
  readonly credentials: Credentials;
}

export const SignUpAnswer = z
  .object({
    user: UserWire,
    tokens: TokenAnswer.nullable().describe('null where the address has to be proved first.'),
  })
  .meta({
    id: 'SignUpAnswer',
    description: 'The new user, signed in.',
    examples: [
      { user: newUserExample, tokens: signedUpExample },
      { user: { ...newUserExample, last_signed_in_at: null }, tokens: null },
    ],
  });

export function accountEndpoints(parts: Parts): Endpoint[] {
  const { client, signedIn, passwords, signUp, changeProfile, credentials } = parts;
  const byPassword = { tag: 'Account', guard: signedIn, limit: 'password', failures: 'problem' } as const;

  return [
    endpoint({
      method: 'post',
      path: '/signup',
      operationId: 'signUp',
      tag: 'Account',
      summary: 'Create an account and sign in',
      description:
        'Answered with 201: with tokens, or without where the address has to be proved first. Where the service does not tell which addresses have an account, every sign-up is answered with 202.',
      guard: client,
      limit: 'signup',
      failures: 'problem',
      errors: [
        'signup_closed',
        'email_taken',
        'username_taken',
        'invalid_scope',
        'invalid_target',
        'unauthorized_client',
        'overloaded',
      ],
      body: signUpRequest(passwords),
      replies: { 201: json('The account.', SignUpAnswer), 202: empty('What happens next is in the mailbox.') },
      handle: async ({ body }, { caller, origin }) => {
        const account = await signUp(body, caller, origin);
        if (!account) return accepted();
        return created({ user: presentUser(account.user), tokens: account.tokens }, '/me');
      },
    }),
    endpoint({
      method: 'patch',
      path: '/me',
      operationId: 'updateMe',
      tag: 'Account',
      summary: 'Change the profile',
      description: 'The e-mail address and the password have operations of their own.',
      guard: signedIn,
      limit: 'none',
      quota: 'profile',
      failures: 'problem',
      errors: ['username_taken'],
      body: UpdateMeRequest,
      replies: { 200: json('The user, as changed.', UserWire) },
      handle: async ({ body }, { caller, origin }) => ok(presentUser(await changeProfile(caller, body, origin))),
    }),
    endpoint({
      ...byPassword,
      method: 'delete',
      path: '/me',
      operationId: 'deleteMe',
      summary: 'Delete the account',
      description: 'Ends all sessions. It cannot be undone.',
      errors: ['password_wrong', 'overloaded', 'last_admin'],
      body: DeleteMeRequest,
      replies: { 204: empty('The account is gone.') },
      handle: async ({ body }, act) => {
        await credentials.deleteAccount(body.password, act);
        return noContent();
      },
    }),
    endpoint({
      ...byPassword,
      method: 'put',
      path: '/me/password',
      operationId: 'changePassword',
      summary: 'Change the password',
      description:
        'Ends all other sessions. The answer holds the next tokens of this one. Every refresh token that it had before is refused with the reason `password_changed`, which ends nothing; its access tokens stay valid until they expire. A client that does not receive the answer has to sign in again.',
      errors: ['password_wrong', 'overloaded'],
      body: changePasswordRequest(passwords),
      replies: { 200: json('The password is changed.', TokenAnswer, { renewed: tokenAnswerExamples.refresh_token }) },
      handle: async ({ body }, act) => ok(await credentials.changePassword(body.current, body.wanted, act)),
    }),
    endpoint({
      ...byPassword,
      method: 'put',
      path: '/me/email',
      operationId: 'changeEmail',
      summary: 'Change the e-mail address',
      description: 'A mail goes to the new address; the change takes effect when the code in it is confirmed.',
      errors: ['password_wrong', 'overloaded'],
      body: ChangeEmailRequest,
      replies: { 204: empty('The rest is in the mailbox of the new address.') },
      handle: async ({ body }, act) => {
        await credentials.changeEmail(body.email, body.password, act);
        return noContent();
      },
    }),
  ];
}
