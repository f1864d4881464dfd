// accounts/letters.ts: the words of every mail, as plain text and as simple HTML. Nothing in them is of somebody else's
// choosing, except addresses: a sign-up with a message for a name must not become a way to send messages.
import type { Letter } from '../platform/mailer.ts';

/** A paragraph of text, or a link with what it is for. */
type Part = string | { readonly label: string; readonly url: string };

type Words = Pick<Letter, 'subject' | 'text' | 'html'>;

/** Links with a place for the code. */
export interface Links {
  readonly verifyEmail: string;
  readonly resetPassword: string;
}

export type Letters = ReturnType<typeof createLetters>;

const NOT_YOU = 'If it was not you, choose a new password at once, and look through your sessions.';

/** `site` is what people know the service by: its host name. */
export function createLetters({ links, site }: { links: Links; site: string }) {
  const verifyLink = (code: string) => ({ label: 'Confirm this address', url: withCode(links.verifyEmail, code) });
  const resetLink = (code: string) => ({ label: 'Choose a new password', url: withCode(links.resetPassword, code) });

  return {
    verifyEmail: (code: string) =>
      words(`Confirm your e-mail address for ${site}`, [
        `Somebody signed up at ${site} with this address. If it was you, confirm it within 24 hours:`,
        verifyLink(code),
        'If it was not you, do nothing: without you the address stays unconfirmed.',
      ]),
    changeEmail: (code: string) =>
      words(`Confirm your new e-mail address for ${site}`, [
        `The owner of an account at ${site} wants to use this address. If it was you, confirm it within 24 hours:`,
        verifyLink(code),
        'If it was not you, do nothing.',
      ]),
    addressInUse: () =>
      words(`Your e-mail address at ${site}`, [
        `Somebody asked ${site} to use this address, and you have an account with it already.`,
        'If it was you, sign in, or ask for a new password there. If it was not, do nothing: nothing has changed.',
      ]),
    signUpUnproved: (code: string) =>
      words(`Finish signing up at ${site}`, [
        `Somebody signed up at ${site} with this address, more than once, and it has not been confirmed yet.`,
        'If it was you, choose a password within 30 minutes; that confirms the address too:',
        resetLink(code),
        'If it was not you, do nothing.',
      ]),
    resetPassword: (code: string) =>
      words(`Choose a new password for ${site}`, [
        `Somebody asked for a new password for your account at ${site}. If it was you, choose one within 30 minutes:`,
        resetLink(code),
        'If it was not you, do nothing: your password stays as it is.',
      ]),
    passwordChanged: () =>
      words(`Your password at ${site} was changed`, [
        'It was changed with the old one, and all other sessions have ended.',
        NOT_YOU,
      ]),
    passwordWasReset: () =>
      words(`Your password at ${site} was reset`, [
        'A new password was chosen with a link that we sent to this address, and all sessions have ended.',
        'If it was not you, somebody else reads your mail: look after your mailbox first, then choose a new password.',
      ]),
    passwordLocked: () =>
      words(`Your password at ${site} is closed`, [
        'Too many wrong passwords were tried. From a network that you did not use lately, even the right one does not open the account now.',
        `Ask for a new password at ${site} to open it everywhere. Where you are signed in, you stay signed in.`,
      ]),
    emailChangeRequested: () =>
      words(`A new e-mail address for your account at ${site}`, [
        'Somebody who knows your password asked for another address. It takes effect once that address is confirmed.',
        NOT_YOU,
      ]),
    emailChanged: () =>
      words(`Your e-mail address at ${site} was changed`, [
        'The account has another address now, and nothing more will be sent to this one.',
        'If it was not you, write to those who run the service.',
      ]),
    accountDeleted: () =>
      words(`Your account at ${site} was deleted`, [
        'It was deleted with its password, and all sessions have ended. It cannot be brought back.',
      ]),
  };
}

function withCode(template: string, code: string): string {
  return template.replace('{code}', code);
}

function words(subject: string, parts: readonly Part[]): Words {
  const head = `<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`;
  const html = `<!doctype html><html lang="en">${head}<body>${parts.map(toHtml).join('')}</body></html>`;
  return { subject, text: `${parts.map(toText).join('\n\n')}\n`, html };
}

function toText(part: Part): string {
  return typeof part === 'string' ? part : part.url;
}

function toHtml(part: Part): string {
  if (typeof part === 'string') return `<p>${escapeHtml(part)}</p>`;
  return `<p><a href="${escapeHtml(part.url)}">${escapeHtml(part.label)}</a></p>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
