// pages/reset-password.ts: where the link in the mail leads that a new password is chosen with.
import { element, link } from '../element.ts';
import { takeCode } from '../mailed-code.ts';
import { createNewPasswordForm } from '../new-password-form.ts';
import type { Page } from '../page.ts';
import { noCode } from './no-code.ts';

export const resetPassword: Page = {
  title: 'Choose a new password',
  access: 'anybody',
  isSteady: true,
  build(visit) {
    const code = takeCode();
    if (!code) return [noCode()];
    const after = [element('p', { class: 'aside' }, link('/demo/forgot-password', 'Ask for another mail'))];
    return [element('div', { class: 'card' }, createNewPasswordForm({ code, visit, after }).element)];
  },
};
