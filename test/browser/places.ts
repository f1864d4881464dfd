// test/browser/places.ts: where the pages of the demo are, and how they are headed.

/** For everybody. */
export const openPages: Readonly<Record<string, string>> = {
  '/demo': 'Latchkey demo',
  '/demo/sign-up': 'Sign up',
  '/demo/sign-in': 'Sign in',
  '/demo/forgot-password': 'Reset your password',
  '/demo/verify-email': 'Verify your e-mail',
  '/demo/reset-password': 'Choose a new password',
  '/demo/nowhere': 'Not found',
};

/** For those who are signed in. */
export const ownPages: Readonly<Record<string, string>> = {
  '/demo/profile': 'Profile',
  '/demo/sessions': 'Sessions',
};

/** They are asked for in an address with a code, and then show their form. */
export const mailedPages: Readonly<Record<string, string>> = {
  '/demo/verify-email': 'Verify your e-mail',
  '/demo/reset-password': 'Choose a new password',
};

export const looks = [390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

export type Look = (typeof looks)[number];
