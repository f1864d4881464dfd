// accounts/credentials.ts: the changes that take the password: of the password itself, of the address, and the deletion of the
// account.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clients } from '../clients/clients.ts';
import { AuthError, type FieldError } from '../errors.ts';
import { transact } from '../platform/transaction.ts';
import { ADMIN_ROLE } from '../roles/roles.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Issue } from '../tokens/token-answer.ts';
import { hasAdmin, lockAdmins } from '../users/administrators.ts';
import type { Authenticate, Confirmation } from '../users/authenticate.ts';
import type { EmailAddress } from '../users/email-address.ts';
import type { Passwords } from '../users/passwords.ts';
import type { Principal } from '../users/principal.ts';
import type { UserRow } from '../users/user.ts';
import type { Users } from '../users/users.ts';
import type { Mails } from './mails.ts';
import type { OneTimeCodes } from './one-time-codes.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly authenticate: Authenticate;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly codes: OneTimeCodes;
  readonly mails: Mails;
  readonly audit: AuditLog;
  readonly clients: Clients;
  readonly issue: Issue;
  /** The audience of the new access token, as of the one that the caller presented. */
  readonly issuer: string;
}

export type Credentials = ReturnType<typeof createCredentials>;

/**
 * Every act throws `password_wrong`, or `overloaded` when too many passwords wait to be checked. Each transaction begins
 * with the row of the user, then come codes, then sessions: whoever signs in meanwhile, or changes the password while
 * this one was being compared, waits there, and is then either seen or refused.
 */
export function createCredentials(parts: Parts) {
  const { em, authenticate, users, passwords, sessions, codes, mails, audit, clients, issue, issuer } = parts;

  /**
   * Ends every other session, voids what was mailed, and answers with new tokens for this session, whose older refresh tokens
   * are refused from now on. Throws `invalid_request` for a password that may not be used, and `invalid_token`, without a
   * change, when the session has ended meanwhile.
   */
  async function changePassword(current: string, wanted: string, { caller, origin }: Confirmation) {
    const client = await clients.find(caller.clientId);
    if (!client) throw new AuthError('invalid_token');
    const user = await authenticate.confirm(current, { caller, origin });
    if (wanted.normalize('NFC') === current.normalize('NFC')) throw refusedPassword(unchanged);
    const fault = passwords.findFaultFor(user, wanted);
    if (fault) throw refusedPassword(fault);
    const passwordHash = await passwords.hash(wanted, origin.gone);
    await authenticate.forgive(user);
    const session = await transact(em, async (tx) => {
      if (!(await users.changePassword(tx, user, passwordHash))) throw await overtaken(tx, user);
      await codes.voidAll(tx, user.id);
      const { sessionId } = caller;
      await sessions.endAll(tx, { userId: user.id, except: sessionId, reason: 'password_changed', origin });
      const renewed = await sessions.renew(tx, sessionId);
      if (!renewed) throw new AuthError('invalid_token');
      await mails.notify(tx, 'password_changed', user);
      await audit.record(tx, { type: 'user.password_changed', ...subject(caller), origin });
      return renewed;
    });
    return issue.forSession({ session, roles: user.roles, client, scope: session.scope, audience: issuer });
  }

  /** The new address takes effect when it is proved. The old one is told at once. */
  async function changeEmail(email: EmailAddress, password: string, { caller, origin }: Confirmation): Promise<void> {
    const user = await authenticate.confirm(password, { caller, origin });
    await transact(em, async (tx) => {
      if (!(await users.hold(tx, user))) throw await overtaken(tx, user);
      const mailId = await mails.request(tx, 'email_change', email, user.id);
      if (mailId === null) return;
      await codes.reserve(tx, { userId: user.id, purpose: 'change_email', email, mailId });
      await mails.notify(tx, 'email_change_requested', user);
      await audit.record(tx, { type: 'user.email_change_requested', ...subject(caller), origin });
    });
  }

  /** Nothing is left but the tombstones of the sessions and what the audit log says of an identifier. */
  async function deleteAccount(password: string, { caller, origin }: Confirmation): Promise<void> {
    const user = await authenticate.confirm(password, { caller, origin });
    await transact(em, async (tx) => {
      const isAdmin = (await users.findIn(tx, user.id))?.roles.includes(ADMIN_ROLE) ?? false;
      if (isAdmin) await lockAdmins(tx);
      if (!(await users.hold(tx, user))) throw await overtaken(tx, user);
      await users.remove(tx, user);
      if (isAdmin && !(await hasAdmin(tx))) throw new AuthError('last_admin');
      await codes.remove(tx, user.id);
      await sessions.endAll(tx, { userId: user.id, reason: 'user_deleted', origin });
      await mails.notify(tx, 'account_deleted', user);
      await audit.record(tx, { type: 'user.deleted', ...subject(caller), origin });
    });
  }

  /** Somebody was faster: the password is another one by now, or the account is gone. */
  async function overtaken(tx: SqlEntityManager, { id }: UserRow): Promise<AuthError> {
    return new AuthError((await users.findIn(tx, id)) ? 'password_wrong' : 'invalid_token');
  }

  return { changePassword, changeEmail, deleteAccount };
}

function subject({ userId, clientId, sessionId }: Principal) {
  return { userId, clientId, sessionId };
}

type Fault = Pick<FieldError, 'code' | 'detail'>;

const unchanged: Fault = { code: 'password_unchanged', detail: 'This is the password that the account has already.' };

function refusedPassword(fault: Fault): AuthError {
  return new AuthError('invalid_request', { fields: [{ pointer: '/new_password', ...fault }] });
}
