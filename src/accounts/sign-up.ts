// accounts/sign-up.ts: a new account, and its owner signed in at once unless the address has to be proved first.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { type Client, takesPasswords } from '../clients/client.ts';
import { AuthError, type FieldError } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Scopes } from '../tokens/scope.ts';
import type { Issue } from '../tokens/token-answer.ts';
import type { Passwords } from '../users/passwords.ts';
import type { NewUser, Users } from '../users/users.ts';
import type { Mails } from './mails.ts';
import type { OneTimeCodes } from './one-time-codes.ts';

export interface SignUpPolicy {
  readonly open: boolean;
  /** `strict`: an answer never tells whether the address has an account. */
  readonly disclosure: 'friendly' | 'strict';
  /** `required`: nobody is signed in before the address is proved. */
  readonly verification: 'optional' | 'required';
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly audit: AuditLog;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly mails: Mails;
  readonly scopes: Scopes;
  readonly issue: Issue;
  readonly policy: SignUpPolicy;
}

export interface NewAccount extends Omit<NewUser, 'passwordHash'> {
  readonly password: string;
  readonly remembered: boolean;
  /** What is asked for; null is all that the client may have. */
  readonly scope: string | null;
  /** Whom the access token is for; null is the default of the client. */
  readonly resource: string | null;
}

export type SignUp = ReturnType<typeof createSignUp>;

export function createSignUp(parts: Parts) {
  const { em, audit, users, passwords, sessions, codes, mails, scopes, issue, policy } = parts;
  const isStrict = policy.disclosure === 'strict';
  const signsIn = policy.verification === 'optional';

  /** The account, its first mail and its first session come to be together or not at all. */
  async function open(wanted: NewUser, request: Request) {
    const { client, origin, scope, remembered } = request;
    return transact(em, async (tx) => {
      const user = await users.create(tx, wanted);
      const userId = user.id;
      await audit.record(tx, { type: 'user.signed_up', userId, clientId: client.id, origin });
      await mails.request(tx, 'email_verification', wanted.email);
      if (isStrict) await codes.voidUnverified(tx, null); // the same statements as `repeat`
      if (!signsIn) return { user, session: null };
      const signIn = { userId, clientId: client.id, scope, remembered, amr: ['pwd'], origin };
      return { user: await users.markSignedIn(tx, user), session: await sessions.open(tx, signIn) };
    });
  }

  /** Only the owner of a taken address is told. */
  async function openUntold(wanted: NewUser, request: Request): Promise<void> {
    const owner = await users.findByEmail(em, wanted.email);
    const opened = owner ? null : await open(wanted, request).catch(orTaken);
    if (!opened) await repeat(wanted, request);

    function orTaken(error: unknown): null {
      if (error instanceof UniqueConstraintViolationException) return null;
      throw error;
    }
  }

  /**
   * The mailbox decides whose an unverified address is: the mail about this sign-up replaces the one that waits, and voids
   * earlier codes. If the address has had enough mails, the codes stay: a stranger must not leave the owner without any.
   * In strict mode there are as many statements as in `open`, so that time does not tell either.
   */
  async function repeat({ email }: Pick<NewUser, 'email'>, { client, origin }: Request): Promise<void> {
    await transact(em, async (tx) => {
      await users.touch(tx, email);
      await audit.record(tx, { type: 'user.sign_up_repeated', clientId: client.id, origin });
      const mailId = await mails.request(tx, 'sign_up_repeated', email);
      await codes.voidUnverified(tx, mailId === null ? null : email);
    });
  }

  /** Two sign-ups with one name at once both find it free; the database gives it to one of them. */
  async function openTold(wanted: NewUser, request: Request) {
    try {
      return await open(wanted, request);
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) await assertFree(wanted, request);
      throw error;
    }
  }

  async function assertFree(wanted: Pick<NewUser, 'email' | 'username'>, request: Request): Promise<void> {
    try {
      await users.assertFree(wanted);
    } catch (error) {
      const isTaken = error instanceof AuthError && error.code === 'email_taken';
      const owner = isTaken ? await users.findByEmail(em, wanted.email) : null;
      if (owner && !owner.emailVerifiedAt) await repeat(wanted, request);
      throw error;
    }
  }

  function assertWelcome({ username }: Pick<NewAccount, 'username'>, client: Client): void {
    if (!policy.open) throw new AuthError('signup_closed');
    if (!takesPasswords(client)) throw new AuthError('unauthorized_client');
    if (isStrict && username !== null) throw new AuthError('invalid_request', { fields: [chosenLater] });
  }

  /**
   * Null where nobody is to learn whether there is an account now, or was before. Throws `signup_closed`, `email_taken`,
   * `username_taken`, `invalid_scope`, `invalid_target`, `unauthorized_client` or `overloaded`.
   */
  return async (
    { password, remembered, scope: asked, resource, ...wanted }: NewAccount,
    client: Client,
    origin: Origin,
  ) => {
    assertWelcome(wanted, client);
    const scope = await scopes.choose(asked, client);
    const audience = scopes.chooseAudience(resource, client);
    const request = { client, origin, scope, remembered };
    if (!isStrict) await assertFree(wanted, request); // before a hash is paid for
    const account = { ...wanted, passwordHash: await passwords.hash(password, origin.gone) };
    if (isStrict) {
      await openUntold(account, request);
      return null;
    }
    const { user, session } = await openTold(account, request);
    return {
      user,
      tokens: session && (await issue.forSession({ session, roles: user.roles, client, scope, audience })),
    };
  };
}

interface Request {
  readonly client: Client;
  readonly origin: Origin;
  readonly scope: string;
  readonly remembered: boolean;
}

/** A name that is told to be taken would tell whether the sign-up before it, with an address, had made an account. */
const chosenLater: FieldError = {
  pointer: '/preferred_username',
  code: 'chosen_later',
  detail: 'Here a user name is chosen after the sign-up, with PATCH /me.',
};
