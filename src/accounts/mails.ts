// accounts/mails.ts: what people are written to about. What is sealed in the outbox is only what the letter cannot be
// written without: who has an address, and which code is good, is looked up when the letter goes out.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Handling, Outbox } from '../mail/outbox.ts';
import { type EmailAddress, parseEmailAddress } from '../users/email-address.ts';
import type { UserRow } from '../users/user.ts';

const code = { priority: 'code', perHour: 3, replaces: false } as const;

/**
 * Mails that any client can cause to any address. A repeated sign-up replaces the mail of the first one, so that only the
 * newest code arrives. A change of address has no family: the newest one counts, and an overtaken one becomes no letter.
 */
const requests = {
  email_verification: { ...code, family: 'sign-up' },
  sign_up_repeated: { ...code, family: 'sign-up', replaces: true },
  password_reset: { ...code, family: 'password-reset', perHour: 6 },
  email_change: { ...code, family: null },
} as const satisfies Record<string, Handling>;

/** Mails about what has been done to an account. */
const notices = [
  'password_changed',
  'password_was_reset',
  'password_locked',
  'email_change_requested',
  'email_changed',
  'account_deleted',
] as const;

export type RequestKind = keyof typeof requests;
export type NoticeKind = (typeof notices)[number];
export type MailKind = RequestKind | NoticeKind;

export const isMailKind = (kind: string): kind is MailKind => kind in requests || notices.some((one) => one === kind);

export type Mails = ReturnType<typeof createMails>;

export function createMails({ outbox }: { outbox: Outbox }) {
  /** The id of the mail, or null when the address has been written to enough. */
  function request(tx: SqlEntityManager, kind: RequestKind, email: EmailAddress, userId = ''): Promise<string | null> {
    const content = { email: email.address, userId };
    return outbox.request(tx, { ...requests[kind], kind, recipient: email.canonical, content });
  }

  /**
   * To the address of the account as it is handed in: the one before a change. Only to a verified address: an
   * unverified one may belong to a stranger. An address has one account, so that the limit of a recipient is that of an
   * account.
   */
  async function notify(tx: SqlEntityManager, kind: NoticeKind, user: UserRow): Promise<void> {
    if (!user.emailVerifiedAt) return;
    const content = { email: user.email, userId: user.id };
    await outbox.request(tx, { ...noticeOf(kind), kind, recipient: user.emailCanonical, content });
  }

  return { request, notify };
}

/** While a notice waits, another of its kind would say the same. */
export function noticeOf(kind: NoticeKind): Handling {
  return { priority: 'notice', perHour: 3, family: kind, replaces: false };
}

/** The address that an account has, or that a code is for. */
export function emailOf({ email, emailCanonical }: Pick<UserRow, 'email' | 'emailCanonical'>): EmailAddress {
  return { address: email, canonical: emailCanonical };
}

/** An address that was good when it was sealed. */
export function sealedEmail(content: Readonly<Record<string, string>>): EmailAddress {
  const email = parseEmailAddress(content.email ?? '');
  if (!email) throw new Error('The sealed content of a mail holds no address.');
  return email;
}
