// pages/profile-password.ts: another password, with the one that it replaces.
import type { User } from '../../../../sdk/src/latchkey.ts';
import { createForm } from '../form.ts';
import { say } from '../messages.ts';
import { session } from '../service.ts';
import { currentPassword, differing, passwordTwice } from '../usual-fields.ts';

export function password({ email }: User): Node[] {
  const form = createForm({
    fields: [currentPassword('current_password'), ...passwordTwice({ name: 'new_password', label: 'New password' })],
    button: 'Change password',
    account: email,
    check: differing('new_password'),
    passwordField: 'current_password',
    async submit(values) {
      const [current_password, new_password] = [values('current_password'), values('new_password')];
      await session.changePassword({ current_password, new_password });
      form.clear();
      say('Your password was changed. All other sessions have ended.');
    },
  });
  return [form.element];
}
