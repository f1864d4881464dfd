// pages/forgot-password.ts: asks for the mail that a new password is chosen with.
import { element, paragraph } from '../element.ts';
import { createForm } from '../form.ts';
import { say } from '../messages.ts';
import type { Page } from '../page.ts';
import { ask, client } from '../service.ts';

export const forgotPassword: Page = {
  title: 'Reset your password',
  access: 'anybody',
  isSteady: true,
  build() {
    const form = createForm({
      fields: [{ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email' }],
      button: 'Send the mail',
      async submit(values) {
        const email = values('email').trim();
        await ask(client.POST('/password-reset', { body: { email } }));
        say(`We have sent a mail to ${email}.`);
      },
    });
    const words = paragraph(
      'If this address has an account, a mail comes to it, with a link to choose a new password.',
    );
    return [element('div', { class: 'card' }, words, form.element)];
  },
};
