// platform/mailer.ts: hands one letter to the SMTP server of the deployment, or shows it to whoever develops.
import { errorCode } from './database-errors.ts';
import type { Logger } from './logger.ts';
import { once } from './once.ts';
import { parseSmtpUrl } from './smtp-url.ts';

export interface Letter {
  /** Stays the same when a letter is sent again, so that a mailbox can tell a repetition (RFC 5322 section 3.6.4). */
  readonly id: string;
  /** One bare address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Resolves once the next server has taken over responsibility (RFC 5321 section 4.2.5). Gives up when told to. */
export type Mailer = (letter: Letter, signal: AbortSignal) => Promise<void>;

/** RFC 5321 section 4.5.3.2 would let a server think for minutes; a letter that has to wait can be sent again. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

export interface MailSender {
  readonly name: string;
  readonly address: string;
}

interface SmtpSettings {
  /** `smtp://` or `smtps://`, with user and password if the server asks for them. */
  readonly url: string;
  /** A server that offers no STARTTLS gets no mail. Without this, it gets mails in plain text. */
  readonly requiresTls: boolean;
}

interface Parts extends SmtpSettings {
  readonly from: MailSender;
  /** Right-hand side of message identifiers. */
  readonly domain: string;
}

export function createSmtpMailer({ from, domain, ...settings }: Parts): Mailer {
  const transport = once(() => connectTo(settings));
  return async ({ id, to, ...content }, signal) => {
    // The envelope is given as it is: nothing that a parser of header fields might make of an address can steer it.
    const envelope = { from: from.address, to: [to] };
    const message = { from, to: { name: '', address: to }, envelope, messageId: `<${id}@${domain}>`, ...content };
    await (await transport()).sendMail({ ...message, headers: { 'Auto-Submitted': 'auto-generated' }, signal }); // RFC 3834
  };
}

/**
 * How the server takes our login. Rejects when it cannot be reached, does not take the login, or has no TLS though it must.
 * Sends nothing.
 */
export async function verifySmtp({ url, requiresTls }: SmtpSettings): Promise<'encrypted' | 'plain'> {
  try {
    await (await connectTo({ url, requiresTls: true })).verify();
    return 'encrypted';
  } catch (error) {
    if (requiresTls || !hasNoTls(error)) throw error;
  }
  await (await connectTo({ url, requiresTls })).verify();
  return 'plain';
}

/** The server has refused STARTTLS, or does not know EHLO. A certificate that is wrong is no answer of the server. */
function hasNoTls(error: unknown): boolean {
  const command = error instanceof Error && 'command' in error ? error.command : null;
  return error instanceof Error && 'responseCode' in error && (command === 'STARTTLS' || command === 'EHLO');
}

/** The certificate is always checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
async function connectTo({ url, requiresTls }: SmtpSettings) {
  const server = parseSmtpUrl(url);
  if (!server) throw new Error('The URL of the mail server is not usable.');
  const options = { ...server, ...timeouts, requireTLS: requiresTls, tls: { rejectUnauthorized: true } };
  return (await nodemailer()).createTransport({ ...options, disableFileAccess: true, disableUrlAccess: true });
}

/** For a machine without SMTP: the letter is a line of the log, with its links. */
export function createLogMailer(log: Logger): Mailer {
  return async ({ to, subject, text }) => log.info({ to, subject, text }, 'mail');
}

/**
 * True when the server has refused this letter for good (RFC 5321 section 4.2.1: 5yz), so that sending it again would be
 * refused again. A refusal of our login or of MAIL_FROM is the operator's to mend, and ends nothing.
 */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof Error) || !['EENVELOPE', 'EMESSAGE'].includes(errorCode(error) ?? '')) return false;
  if ('command' in error && error.command === 'MAIL FROM') return false;
  return 'responseCode' in error && Number(error.responseCode) >= 500;
}

/** Loaded with the first letter: a start does not wait for it. */
const nodemailer = () => import('nodemailer');
