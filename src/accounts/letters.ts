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
        `A sign-up at ${site} used this address. If you signed up, confirm the address within 24 hours:`,
        verifyLink(code),
        'Where you are not signed in, the page asks for the password of the account, or lets you choose a new one.',
        'If you did not sign up, do nothing: the address stays unconfirmed.',
      ]),
    changeEmail: (code: string) =>
      words(`Confirm your new e-mail address for ${site}`, [
        `The owner of an account at ${site} wants to use this address. If you are the owner, confirm it within 24 hours:`,
        verifyLink(code),
        'Where you are not signed in, the page asks for the password of the account.',
        'If you are not the owner, do nothing.',
      ]),
    addressInUse: () =>
      words(`Your e-mail address at ${site}`, [
        `Somebody asked ${site} to use this address, and you have an account with it already.`,
        'If it was you, sign in, or ask for a new password there. If it was not, do nothing: nothing has changed.',
      ]),
    signUpUnproved: (code: string, minutes: number) =>
      words(`Finish signing up at ${site}`, [
        `More than one sign-up at ${site} used this address, and the address has not been confirmed yet.`,
        `If you signed up, choose a password within ${inMinutes(minutes)}. This confirms the address, ends all sessions, and replaces every earlier link:`,
        resetLink(code),
        'If you did not sign up, do nothing.',
      ]),
    resetPassword: (code: string, minutes: number) =>
      words(`Choose a new password for ${site}`, [
        `We received a request for a new password for your account at ${site}. If it came from you, choose one within ${inMinutes(minutes)}:`,
        resetLink(code),
        'If it did not come from you, do nothing: your password stays as it is.',
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

function inMinutes(minutes: number): string {
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
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
