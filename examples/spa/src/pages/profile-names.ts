// pages/profile-names.ts: what somebody is called.
import type { User } from '../../../../sdk/src/latchkey.ts';
import { createForm } from '../form.ts';
import { say } from '../messages.ts';
import type { Visit } from '../page.ts';
import { ask, client } from '../service.ts';
import { nameFields } from '../usual-fields.ts';

export function names(user: User, visit: Visit): Node[] {
  const form = createForm({
    fields: nameFields(user),
    button: 'Save names',
    async submit(values) {
      // An emptied field takes the value away.
      const [given_name, family_name, preferred_username] = ['given_name', 'family_name', 'preferred_username'].map(
        (name) => values(name).trim() || null,
      );
      const changed = await ask(client.PATCH('/me', { body: { given_name, family_name, preferred_username } }));
      if (changed) visit.learn(changed);
      say('Your names were saved.');
    },
  });
  return [form.element];
}
