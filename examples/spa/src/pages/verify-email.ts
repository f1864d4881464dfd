// pages/verify-email.ts: where the link in the mail leads that proves an address. It takes a click: programs that look for
// harm in mails open their links too.
import { element, link, paragraph } from '../element.ts';
import { createForm } from '../form.ts';
import { forgetCode, takeCode } from '../mailed-code.ts';
import { say } from '../messages.ts';
import type { Page } from '../page.ts';
import { ask, client } from '../service.ts';
import { noCode } from './no-code.ts';

export const verifyEmail: Page = {
  title: 'Verify your e-mail',
  access: 'anybody',
  isSteady: true,
  build() {
    const code = takeCode();
    if (!code) return [noCode()];
    const card = element('div', { class: 'card' });
    const form = createForm({
      fields: [],
      button: 'Verify',
      async submit() {
        await ask(client.POST('/email-verification/confirm', { body: { code } }));
        forgetCode();
        card.replaceChildren(paragraph('Thank you.'), paragraph(link('/demo/profile', 'Go on to your account')));
        say('Your e-mail address is verified.');
      },
    });
    card.append(paragraph('One click, and we know that this address is yours.'), form.element);
    return [card];
  },
};
