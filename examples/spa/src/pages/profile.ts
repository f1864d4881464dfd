// pages/profile.ts: everything that people can change about their account, a section each.
import { element } from '../element.ts';
import type { Page } from '../page.ts';
import { session } from '../service.ts';
import { deleteAccount } from './profile-delete.ts';
import { emailAddress } from './profile-email.ts';
import { names } from './profile-names.ts';
import { password } from './profile-password.ts';

export const profile: Page = {
  title: 'Profile',
  access: 'members',
  async build(visit) {
    // Fresh: an address may have been verified meanwhile, on this device or on another.
    const user = await session.currentUser();
    if (!user) return [];
    visit.learn(user);
    return [
      section('names', 'Names', names(user, visit)),
      section('password', 'Password', password(user)),
      section('email', 'E-mail', emailAddress(user)),
      section('delete', 'Delete account', deleteAccount(user, visit)),
    ];
  },
};

function section(id: string, title: string, content: readonly Node[]): HTMLElement {
  const heading = element('h2', { id }, title);
  return element('section', { class: 'card', 'aria-labelledby': id }, heading, ...content);
}
