// pages/profile-email.ts: the address, whether it is verified, and how to have another.
import type { User } from '../../../../sdk/src/latchkey.ts';
import { element } from '../element.ts';
import { createForm } from '../form.ts';
import { say } from '../messages.ts';
import { ask, client } from '../service.ts';
import { currentPassword } from '../usual-fields.ts';

export function emailAddress({ email, email_verified }: User): Node[] {
  const state = email_verified ? 'verified' : 'not verified';
  const badge = element('span', { class: email_verified ? 'badge good' : 'badge' }, state);
  const address = element('p', { class: 'address' }, element('strong', {}, email), ' ', badge);
  return [address, ...(email_verified ? [] : [resend(email)]), change(email)];
}

function resend(email: string): HTMLElement {
  const form = createForm({
    fields: [],
    button: 'Send the verification mail again',
    look: 'secondary',
    async submit() {
      await ask(client.POST('/email-verification', { body: { email } }));
      say(`We have sent a mail to ${email}.`);
    },
  });
  return form.element;
}

function change(account: string): HTMLElement {
  const hint = 'It takes effect when you open the link that we send there.';
  const form = createForm({
    fields: [
      { name: 'email', label: 'New e-mail', type: 'email', autocomplete: 'email', hint },
      currentPassword('password'),
    ],
    button: 'Change e-mail',
    account,
    passwordField: 'password',
    async submit(values) {
      const email = values('email').trim();
      await ask(client.PUT('/me/email', { body: { email, password: values('password') } }));
      form.clear();
      say(`We have sent a mail to ${email}.`);
    },
  });
  return element('div', { class: 'apart' }, form.element);
}
