// pages/profile-delete.ts: the end of an account, in two steps.
import type { User } from '../../../../sdk/src/latchkey.ts';
import { button, element, paragraph } from '../element.ts';
import { createForm } from '../form.ts';
import type { Visit } from '../page.ts';
import { ask, client, session } from '../service.ts';
import { currentPassword } from '../usual-fields.ts';

export function deleteAccount({ email }: User, visit: Visit): Node[] {
  const keep = button('Keep it', hide, { class: 'secondary' });
  const question = paragraph('Delete the account, for good?');
  const sure = button('Yes, delete my account', remove, { class: 'danger' });
  const second = element(
    'div',
    { class: 'question', hidden: true },
    question,
    element('div', { class: 'acts' }, sure, keep),
  );
  const form = createForm({
    fields: [currentPassword('password')],
    button: 'Delete account',
    look: 'danger',
    account: email,
    passwordField: 'password',
    after: [second],
    submit: makeSure,
  });

  async function makeSure(): Promise<void> {
    second.hidden = false;
    form.acts.hidden = true;
    keep.focus();
  }

  function hide(): void {
    second.hidden = true;
    form.acts.hidden = false;
    form.send.focus();
  }

  function remove(): Promise<void> {
    return form.run(async () => {
      hide();
      await ask(client.DELETE('/me', { body: { password: form.values('password') } }));
      await visit.signOut('Your account was deleted.', () => session.signOut());
    });
  }

  return [paragraph('The account, its names and all its sessions go. It cannot be brought back.'), form.element];
}
