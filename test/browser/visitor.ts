// test/browser/visitor.ts: somebody in front of a page, who goes by the names that things have for everybody.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { PATIENCE } from './chromium.ts';

export type Visitor = ReturnType<typeof createVisitor>;

export const signedOutNavigation = ['Home', 'Sign in', 'Sign up'];
export const signedInNavigation = ['Home', 'Profile', 'Sessions', 'Sign out'];

/** `expect` that waits. */
export const eventually = <Value>(read: () => Value | Promise<Value>) =>
  expect.poll(read, { timeout: PATIENCE, interval: 50 });

export function createVisitor(page: Page) {
  const link = (name: string) => page.getByRole('link', { name, exact: true });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const section = (name: string) => page.getByRole('region', { name, exact: true });
  const navigation = () => page.getByRole('navigation', { name: 'Main', exact: true });

  async function fill(fields: Record<string, string>, within: Page | Locator = page): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await within.getByLabel(label, { exact: true }).fill(value);
  }

  /** Fills in and sends one section of the profile. */
  async function send(name: string, fields: Record<string, string>, act: string): Promise<void> {
    await fill(fields, section(name));
    await section(name).getByRole('button', { name: act, exact: true }).click();
  }

  const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const seePage = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const seeMessage = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor();
  const seeAlert = (text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).first().waitFor();
  const seeNavigation = (names: readonly string[]) => eventually(() => namesIn(navigation())).toEqual(names);
  const seeSignedIn = () => seeNavigation(signedInNavigation);
  const seeSignedOut = () => seeNavigation(signedOutNavigation);

  /** What is wrong with a field, as it is read out together with it. */
  async function errorBeside(label: string, within: Page | Locator = page): Promise<string> {
    const field = within.getByLabel(label, { exact: true });
    if ((await field.getAttribute('aria-invalid')) !== 'true') return '';
    const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ').filter((id) => id !== '');
    const texts = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).innerText()));
    return texts.join(' ');
  }

  const seeErrorBeside = (label: string, text: string | RegExp, within: Page | Locator = page) =>
    eventually(() => errorBeside(label, within)).toMatch(text);

  const hasFocus = (place: Locator) => place.evaluate((element) => element === element.ownerDocument.activeElement);
  const seeFocusOn = (label: string, within: Page | Locator = page) =>
    eventually(() => hasFocus(within.getByLabel(label, { exact: true }))).toBe(true);

  async function goTo(path: string, name: string): Promise<void> {
    await page.goto(path);
    await seePage(name);
  }

  /** As far as the answer. */
  async function trySignIn(username: string, password = PASSWORD): Promise<void> {
    await fill({ 'E-mail or user name': username, Password: password });
    await button('Sign in').click();
  }

  async function signIn(username: string, { password = PASSWORD, remember = false } = {}): Promise<void> {
    await goTo('/demo/sign-in', 'Sign in');
    await page.getByLabel('Remember me').setChecked(remember);
    await trySignIn(username, password);
    await seePage('Profile');
    await seeSignedIn();
  }

  async function signOut(): Promise<void> {
    await button('Sign out').click();
    await seeMessage('You are signed out.');
    await seeSignedOut();
  }

  const verbs = { fill, send, errorBeside, goTo, trySignIn, signIn, signOut };
  const sights = { see, seePage, seeMessage, seeAlert, seeNavigation, seeSignedIn, seeSignedOut };
  const fields = { seeErrorBeside, seeFocusOn, hasFocus };
  return { page, link, button, section, navigation, ...verbs, ...sights, ...fields };
}

/** Of the links and buttons, in the order in which they are come upon. */
async function namesIn(place: Locator): Promise<string[]> {
  const names = await place.locator('a, button').filter({ visible: true }).allInnerTexts();
  return names.map((name) => name.trim());
}

export const pathOf = (page: Page) => new URL(page.url()).pathname;
