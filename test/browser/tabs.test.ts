// test/browser/tabs.test.ts: several tabs with one session.
import type { BrowserContext } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInBrowser } from './chromium.ts';
import { ADA, type Demo, openDemo } from './demo.ts';
import { storedSession } from './stored.ts';
import { createVisitor, eventually, type Visitor } from './visitor.ts';

const ROUNDS = 3;

/** Signed in and remembered, in so many tabs. */
async function openTabs(demo: Demo, count: number): Promise<Visitor[]> {
  const { context, visitor, newAccount, newVisitor } = demo;
  await context.clock.install();
  await newAccount();
  await visitor.signIn(ADA, { remember: true });
  const tabs = [visitor];
  while (tabs.length < count) tabs.push(await newVisitor());
  await Promise.all(tabs.slice(1).map((tab) => tab.goTo('/demo/profile', 'Profile')));
  return tabs;
}

/** Beyond the life of every access token, on both sides; then each tab asks for something, all at once. */
async function refreshAtOnce({ clock, context }: Demo, tabs: readonly Visitor[]): Promise<void> {
  clock.advance({ minutes: 6 });
  await context.clock.fastForward('06:00');
  await Promise.all(tabs.map((tab) => tab.link('Sessions').press('Enter')));
  await Promise.all(tabs.map((tab) => tab.see('This device')));
  await Promise.all(tabs.map((tab) => tab.link('Profile').press('Enter')));
  await Promise.all(tabs.map((tab) => tab.seePage('Profile')));
}

async function expectToGoOn(demo: Demo, tabs: readonly Visitor[]): Promise<void> {
  const [first] = tabs;
  for (let round = 1; round <= ROUNDS; round += 1) {
    await refreshAtOnce(demo, tabs);
    if (first) await eventually(async () => (await storedSession(first.page)).turn).toBeGreaterThanOrEqual(round);
  }
  for (const tab of tabs) await tab.seeSignedIn();
  expect(await demo.endings()).toEqual([]);
}

/** As in a browser that is older than the Web Locks API. */
const withoutLocks = (context: BrowserContext) =>
  context.addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined })");

describeInBrowser('demo: tabs', () => {
  test.each([2, 5])('%i that refresh at once, round after round: nobody is signed out', async (count) => {
    const demo = await openDemo();
    await expectToGoOn(demo, await openTabs(demo, count));
  });

  test('two that refresh at once where no token is good twice: nobody is signed out', async () => {
    const demo = await openDemo({ env: { REFRESH_GRACE: '0s' } });
    await expectToGoOn(demo, await openTabs(demo, 2));
  });

  test('that refresh at once without Web Locks: nobody is signed out', async () => {
    const demo = await openDemo();
    await withoutLocks(demo.context);
    await expectToGoOn(demo, await openTabs(demo, 3));
  });

  test('that reload at once when the token is old: nobody is signed out', async () => {
    const demo = await openDemo();
    const tabs = await openTabs(demo, 3);
    for (let round = 1; round <= ROUNDS; round += 1) {
      demo.clock.advance({ minutes: 6 });
      await demo.context.clock.fastForward('06:00');
      await Promise.all(tabs.map(({ page }) => page.reload()));
      await Promise.all(tabs.map((tab) => tab.seePage('Profile')));
    }
    for (const tab of tabs) await tab.seeSignedIn();
    expect(await demo.endings()).toEqual([]);
  });

  test('one that was duplicated from a tab that is not remembered: both go on', async () => {
    const demo = await openDemo();
    const { context, visitor, newAccount } = demo;
    await context.clock.install();
    await newAccount();
    await visitor.signIn(ADA);
    const [copy] = await Promise.all([
      context.waitForEvent('page'),
      visitor.page.evaluate("void open('/demo/profile')"),
    ]);
    const tabs = [visitor, createVisitor(copy)];
    await tabs[1]?.seePage('Profile');
    await expectToGoOn(demo, tabs);
  });

  test('a sign-in in one reaches the others, also one that waits at the sign-in', async () => {
    const { visitor, newAccount, newVisitor } = await openDemo();
    await newAccount();
    const [home, waiting] = [await newVisitor(), await newVisitor()];
    await home.goTo('/demo', 'Latchkey demo');
    await home.seeSignedOut();
    await waiting.page.goto('/demo/sessions');
    await waiting.seePage('Sign in');
    await visitor.signIn(ADA, { remember: true });
    await home.seeSignedIn();
    await home.seePage('Latchkey demo');
    await waiting.seePage('Sessions');
    await waiting.seeSignedIn();
  });

  test('a sign-out in one reaches the others, and each says so', async () => {
    const { visitor, newAccount, newVisitor, endings } = await openDemo();
    await newAccount();
    await visitor.signIn(ADA, { remember: true });
    const [home, profile] = [await newVisitor(), await newVisitor()];
    await home.goTo('/demo', 'Latchkey demo');
    await home.seeSignedIn();
    await profile.goTo('/demo/profile', 'Profile');
    await visitor.signOut();
    await home.seeSignedOut();
    await home.seePage('Latchkey demo');
    await home.see('You are signed out.');
    await profile.seePage('Sign in');
    await profile.seeSignedOut();
    await profile.see('You are signed out.');
    expect(await profile.page.getByText(ADA).count()).toBe(0);
    await eventually(endings).toEqual(['logged_out']);
  });

  test('two people, neither remembered, in two tabs: each stays who he is', async () => {
    const { visitor, newAccount, newVisitor, api } = await openDemo();
    await newAccount();
    await api.signUp({ email: 'bob@example.com' });
    const other = await newVisitor();
    await visitor.signIn(ADA);
    await other.signIn('bob@example.com');
    await visitor.page.reload();
    await visitor.section('E-mail').getByText(ADA).waitFor();
    await other.signOut();
    await visitor.page.reload();
    await visitor.section('E-mail').getByText(ADA).waitFor();
  });
});
