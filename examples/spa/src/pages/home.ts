// pages/home.ts: what this is, and where to begin.
import type { User } from '../../../../sdk/src/latchkey.ts';
import { element, link, paragraph } from '../element.ts';
import type { Page } from '../page.ts';

export const home: Page = {
  title: 'Latchkey demo',
  access: 'anybody',
  build: ({ user }) => [
    element('p', { class: 'lead' }, 'The application of every login tutorial, on tokens instead of cookies.'),
    user ? forMember(user) : forGuest(),
    element(
      'p',
      { class: 'hint' },
      'Everything here is done with calls that any application can make: ',
      contract(),
      '.',
    ),
  ],
};

function forGuest(): HTMLElement {
  return element(
    'div',
    { class: 'card' },
    paragraph('Make an account, be remembered, look at your sessions, and end those that are not yours.'),
    element(
      'div',
      { class: 'acts' },
      link('/demo/sign-up', 'Create an account', { class: 'primary' }),
      link('/demo/sign-in', 'I have an account', { class: 'secondary' }),
    ),
  );
}

function forMember(user: User): HTMLElement {
  return element(
    'div',
    { class: 'card' },
    element('p', {}, 'Signed in as ', element('strong', {}, nameOf(user))),
    element(
      'div',
      { class: 'acts' },
      link('/demo/profile', 'Your account', { class: 'primary' }),
      link('/demo/sessions', 'Where you are signed in', { class: 'secondary' }),
    ),
  );
}

function nameOf({ name, given_name, family_name, email }: User): string {
  return name ?? ([given_name, family_name].filter(Boolean).join(' ') || email);
}

function contract(): HTMLElement {
  return link('/docs', 'the contract');
}
