// accounts/mails.ts: what people are written to about. What is sealed in the outbox is only what the letter cannot be
// written without: who has an address, and which code is good, is looked up when the letter goes out.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Outbox } from '../mail/outbox.ts';
import { type EmailAddress, parseEmailAddress } from '../users/email-address.ts';
import type { UserRow } from '../users/user.ts';

/**
 * Mails that anybody can cause to any address. Of one family, one at most waits for an address. A change of address has
 * none: it is the newest that counts, and one that was overtaken becomes no letter.
 */
const families = {
  email_verification: 'sign-up',
  sign_up_repeated: 'sign-up',
  password_reset: 'password-reset',
  email_change: null,
} as const;

/** Mails about what has been done to an account. */
const notices = [
  'password_changed',
  'password_was_reset',
  'password_locked',
  'email_change_requested',
  'email_changed',
  'account_deleted',
] as const;

export type RequestKind = keyof typeof families;
export type NoticeKind = (typeof notices)[number];
export type MailKind = RequestKind | NoticeKind;

export const isMailKind = (kind: string): kind is MailKind => kind in families || notices.some((one) => one === kind);

export type Mails = ReturnType<typeof createMails>;

export function createMails({ outbox }: { outbox: Outbox }) {
  /** The id of the mail, or null when the address has been written to enough. */
  function request(tx: SqlEntityManager, kind: RequestKind, email: EmailAddress, userId = ''): Promise<string | null> {
    const content = { email: email.address, userId };
    return outbox.request(tx, { kind, family: families[kind], recipient: email.canonical, content });
  }

  /** To the address that the account has as it is handed in: that of before a change. */
  async function notify(tx: SqlEntityManager, kind: NoticeKind, user: UserRow): Promise<void> {
    await outbox.post(tx, { kind, recipient: user.emailCanonical, content: { email: user.email, userId: user.id } });
  }

  return { request, notify };
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
