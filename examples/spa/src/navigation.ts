// navigation.ts: the links at the top, which follow who is signed in.
import type { User } from '../../../sdk/src/latchkey.ts';
import { button, element, find, link } from './element.ts';

const list = find('navigation');

const forGuests = [
  ['/demo', 'Home'],
  ['/demo/sign-in', 'Sign in'],
  ['/demo/sign-up', 'Sign up'],
] as const;

const forMembers = [
  ['/demo', 'Home'],
  ['/demo/profile', 'Profile'],
  ['/demo/sessions', 'Sessions'],
] as const;

interface Navigation {
  /** Undefined as long as nobody knows. */
  readonly user: User | null | undefined;
  readonly path: string;
  onSignOut(): void;
}

export function showNavigation({ user, path, onSignOut }: Navigation): void {
  const items = user === undefined ? [] : itemsFor({ user, path, onSignOut });
  list.replaceChildren(...items.map((item) => element('li', {}, item)));
}

function itemsFor({ user, path, onSignOut }: Navigation): HTMLElement[] {
  const links = (user ? forMembers : forGuests).map(([href, text]) =>
    link(href, text, { 'aria-current': href === path && 'page' }),
  );
  return user ? [...links, button('Sign out', onSignOut)] : links;
}
