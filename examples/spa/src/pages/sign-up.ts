// pages/sign-up.ts: a new account.
import { element, link } from '../element.ts';
import { createRememberMe } from '../field.ts';
import { createForm, type Values } from '../form.ts';
import { say } from '../messages.ts';
import type { Page, Visit } from '../page.ts';
import { session } from '../service.ts';
import { differing, nameFields, passwordTwice } from '../usual-fields.ts';

export const signUp: Page = {
  title: 'Sign up',
  access: 'guests',
  build(visit) {
    const rememberMe = createRememberMe();
    const form = createForm({
      fields: [
        ...nameFields(),
        { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email' },
        ...passwordTwice({ name: 'password', label: 'Password' }),
      ],
      between: [rememberMe.element],
      button: 'Sign up',
      check: differing('password'),
      submit: (values) => enter(visit, values, rememberMe.input.checked),
    });
    const elsewhere = element('p', { class: 'aside' }, link('/demo/sign-in', 'I have an account already'));
    return [element('div', { class: 'card' }, form.element, elsewhere)];
  },
};

async function enter(visit: Visit, values: Values, rememberMe: boolean): Promise<void> {
  const email = values('email').trim();
  const account = { email, password: values('password'), rememberMe, ...namesIn(values) };
  await visit.signIn('Your account was made.', () => session.signUp(account));
  if (await session.accessToken()) return;
  // Where the address has to be verified first, nobody is signed in yet.
  visit.go('/demo/sign-in');
  say(`We have sent a mail to ${email}.`);
}

function namesIn(values: Values): Record<string, string> {
  const names = ['given_name', 'family_name', 'preferred_username'];
  return Object.fromEntries(names.map((name) => [name, values(name).trim()]).filter(([, value]) => value));
}
