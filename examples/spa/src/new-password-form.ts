// new-password-form.ts: chooses a new password with the code of a mail.
import { createForm, type Form } from './form.ts';
import { forgetCode } from './mailed-code.ts';
import { say } from './messages.ts';
import type { Visit } from './page.ts';
import { ask, client, session } from './service.ts';
import { differing, passwordTwice } from './usual-fields.ts';

const DONE = 'Your password was set. Sign in with it.';

interface Settings {
  readonly code: string;
  readonly visit: Visit;
  /** After the button. */
  readonly after: readonly Node[];
  /** Throws what the form says instead. */
  readonly onRefusal?: (error: unknown) => never;
}

export function createNewPasswordForm({ code, visit, after, onRefusal }: Settings): Form {
  return createForm({
    fields: passwordTwice({ name: 'password', label: 'New password' }),
    button: 'Set the password',
    check: differing('password'),
    async submit(values) {
      const call = ask(client.POST('/password-reset/confirm', { body: { code, password: values('password') } }));
      await call.catch(onRefusal);
      forgetCode();
      await goOn(visit);
    },
    after,
  });
}

/** All sessions of the account have ended, and the one here too if it was one of them. */
async function goOn(visit: Visit): Promise<void> {
  await visit.signOut(DONE, () => session.currentUser()).catch(() => {});
  visit.go('/demo/sign-in');
  say(DONE);
}
