// pages/verify-email.ts: where the link in the mail leads that verifies an address. Programs that look for harm in mails
// open links too, but they have no session: for them, and for other devices, it takes the password.
import { LatchkeyError } from '../../../../sdk/src/latchkey.ts';
import { confirmAddress } from '../confirm-address.ts';
import { button, element, link, paragraph } from '../element.ts';
import { createForm } from '../form.ts';
import { takeCode } from '../mailed-code.ts';
import { createNewPasswordForm } from '../new-password-form.ts';
import type { Page, Visit } from '../page.ts';
import { asFailure } from '../service.ts';
import { failureWords } from '../words.ts';
import { noCode } from './no-code.ts';

export const verifyEmail: Page = {
  title: 'Verify your e-mail',
  access: 'anybody',
  isSteady: true,
  async build(visit) {
    const code = takeCode();
    if (!code) return [noCode()];
    const card = element('div', { class: 'card' });
    card.append(...(visit.user ? await bySession(card, code, visit) : askForProof(card, code, visit)));
    return [card];
  },
};

/** Throws when it is worth another try: the page then offers one. */
async function bySession(card: HTMLElement, code: string, visit: Visit): Promise<readonly Node[]> {
  try {
    return (await confirmAddress({ code })) ? done('Go to your account') : askForProof(card, code, visit);
  } catch (error) {
    const failure = asFailure(error);
    // The session has ended elsewhere.
    if (failure.status === 401) return askForProof(card, code, { ...visit, user: null });
    if (failure.code !== 'code_invalid') throw error;
    const words = element('p', { class: 'alert', role: 'alert' }, failureWords(failure));
    return [words, paragraph(link('/demo/profile', 'Go to your account'))];
  }
}

function done(next: string): readonly Node[] {
  return [paragraph('Thank you.'), paragraph(link('/demo/profile', next))];
}

/** The password, or a new one: the reader of the mailbox may set it as long as the address was never verified. */
function askForProof(card: HTMLElement, code: string, visit: Visit): readonly Node[] {
  const show = (content: readonly Node[]) => {
    card.replaceChildren(...content);
    card.querySelector<HTMLElement>('input, a')?.focus();
  };
  const known = createForm({
    fields: [{ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }],
    button: 'Verify',
    passwordField: 'password',
    async submit(values) {
      await confirmAddress({ code, password: values('password') });
      show(done(visit.user ? 'Go to your account' : 'Sign in'));
    },
    after: [aside(button('Set a new password instead', () => show(forgotten), { class: 'plain' }))],
  });
  const renewed = createNewPasswordForm({
    code,
    visit,
    onRefusal: sayWhatHelps,
    after: [
      aside(
        button('Use my password', () => show(first), { class: 'plain' }),
        link('/demo/forgot-password', 'Ask for a mail to reset it'),
      ),
    ],
  });
  const first = [...reason(visit), known.element, element('p', { class: 'hint' }, NOT_MINE)];
  const forgotten = [paragraph(NEW_PASSWORD), renewed.element];
  return first;
}

const NOT_MINE = 'You did not create an account? Close this page: nothing happens without the password.';
const NEW_PASSWORD =
  'Choose a new password for the account. This verifies the address and ends all sessions of the account.';

function reason({ user }: Visit): Node[] {
  if (!user) return [paragraph('Enter the password of your account to verify this e-mail address.')];
  return [
    element(
      'p',
      {},
      'You are signed in as ',
      element('strong', {}, user.email),
      ', and the link is for another account.',
    ),
    paragraph('Enter the password of that account to verify its e-mail address.'),
  ];
}

function aside(...content: readonly Node[]): HTMLElement {
  return element('p', { class: 'aside' }, ...content);
}

/** The code of a changed address, or of an address that was verified before, is good for no password. */
function sayWhatHelps(error: unknown): never {
  const failure = asFailure(error);
  const { message, status, code } = failure;
  throw code === 'code_invalid' ? new LatchkeyError(message, { status, code: 'code_sets_no_password' }) : failure;
}
