// pages.ts: which page is at which address.
import type { Page } from './page.ts';
import { forgotPassword } from './pages/forgot-password.ts';
import { home } from './pages/home.ts';
import { notFound } from './pages/not-found.ts';
import { profile } from './pages/profile.ts';
import { resetPassword } from './pages/reset-password.ts';
import { sessions } from './pages/sessions.ts';
import { signIn } from './pages/sign-in.ts';
import { signUp } from './pages/sign-up.ts';
import { verifyEmail } from './pages/verify-email.ts';

const pages = new Map<string, Page>([
  ['/demo', home],
  ['/demo/sign-up', signUp],
  ['/demo/sign-in', signIn],
  ['/demo/forgot-password', forgotPassword],
  ['/demo/profile', profile],
  ['/demo/sessions', sessions],
  ['/demo/verify-email', verifyEmail],
  ['/demo/reset-password', resetPassword],
]);

interface Address {
  readonly pathname: string;
}

export function pageAt(address: Address): Page {
  return pages.get(pathOf(address)) ?? notFound;
}

/** A slash at the end makes no difference. */
export function pathOf({ pathname }: Address): string {
  return pathname.replace(/\/$/, '');
}
