// pages/sign-in.ts: an account that is there.
import { element, link } from '../element.ts';
import { createRememberMe } from '../field.ts';
import { createForm } from '../form.ts';
import type { Page } from '../page.ts';
import { session } from '../service.ts';

export const signIn: Page = {
  title: 'Sign in',
  access: 'guests',
  build(visit) {
    const rememberMe = createRememberMe();
    const form = createForm({
      fields: [
        { name: 'username', label: 'E-mail or user name', autocomplete: 'username' },
        { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
      ],
      between: [rememberMe.element],
      button: 'Sign in',
      submit(values) {
        const [username, password] = [values('username').trim(), values('password')];
        const credentials = { username, password, rememberMe: rememberMe.input.checked };
        return visit.signIn('You are signed in.', () => session.signIn(credentials));
      },
    });
    return [element('div', { class: 'card' }, form.element, elsewhere())];
  },
};

function elsewhere(): HTMLElement {
  const forgotten = link('/demo/forgot-password', 'Forgot your password?');
  return element('p', { class: 'aside' }, forgotten, link('/demo/sign-up', 'Create an account'));
}
