// platform/smtp-url.ts: the mail server, as one URL names it.
import { domainToASCII } from 'node:url';
import { isLoopback } from './network.ts';

export interface SmtpServer {
  readonly host: string;
  /** Undefined: 587, or 465 with TLS from the first byte. */
  readonly port: number | undefined;
  /** TLS from the first byte (RFC 8314 section 3.3). */
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
}

/**
 * `smtp://user:password@host:587` or `smtps://host`. Null for anything else, also for options after a question mark: the
 * library takes them from a URL, and some switch TLS or the check of certificates off.
 */
export function parseSmtpUrl(text: string): SmtpServer | null {
  if (!/^smtps?:\/\/[^/]/.test(text) || !URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (!['', '/'].includes(pathname) || search !== '' || hash !== '') return null;
  const [host, user, pass] = [hostname.replace(/^\[(.*)\]$/, '$1'), username, password].map(decode);
  if (host === undefined || user === undefined || pass === undefined) return null;
  return {
    host: domainToASCII(host) || host, // an IPv6 address is no domain
    port: port === '' ? undefined : Number(port),
    secure: protocol === 'smtps:',
    auth: username === '' && password === '' ? undefined : { user, pass },
  };
}

/** Whether the mails do not leave this machine on their way to the server. */
export function isLocalSmtp(url: string): boolean {
  return isLoopback(parseSmtpUrl(url)?.host ?? '');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}
