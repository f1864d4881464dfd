// pages/reset-password.ts: where the link in the mail leads that a new password is chosen with.
import { element, link } from '../element.ts';
import { createForm } from '../form.ts';
import { forgetCode, takeCode } from '../mailed-code.ts';
import { say } from '../messages.ts';
import type { Page, Visit } from '../page.ts';
import { ask, client, session } from '../service.ts';
import { differing, passwordTwice } from '../usual-fields.ts';
import { noCode } from './no-code.ts';

const DONE = 'Your password was set. Sign in with it.';

export const resetPassword: Page = {
  title: 'Choose a new password',
  access: 'anybody',
  isSteady: true,
  build(visit) {
    const code = takeCode();
    if (!code) return [noCode()];
    const form = createForm({
      fields: passwordTwice({ name: 'password', label: 'New password' }),
      button: 'Set the password',
      check: differing('password'),
      async submit(values) {
        await ask(client.POST('/password-reset/confirm', { body: { code, password: values('password') } }));
        forgetCode();
        await goOn(visit);
      },
      after: [element('p', { class: 'aside' }, link('/demo/forgot-password', 'Ask for another mail'))],
    });
    return [element('div', { class: 'card' }, form.element)];
  },
};

/** All sessions of the account have ended, and the one here too if it was one of them. */
async function goOn(visit: Visit): Promise<void> {
  await visit.signOut(DONE, () => session.currentUser()).catch(() => {});
  visit.go('/demo/sign-in');
  say(DONE);
}
