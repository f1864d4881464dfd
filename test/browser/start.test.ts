// test/browser/start.test.ts: what is shown while it is not known yet who is there, and what is left when the browser was
// quit and started again.
import type { BrowserContext } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo, openDemoToQuit } from './demo.ts';
import { eventually } from './visitor.ts';

/** Every state of the page that could be seen, from the first element on. */
const recorder = `
  window.shown = [];
  const look = () => document.body && shown.push(document.body.innerText);
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
`;

const record = (context: BrowserContext) => context.addInitScript(recorder);
const shownIn = async (page: { evaluate(expression: string): Promise<unknown> }) =>
  z.array(z.string()).parse(await page.evaluate('shown'));

describeInBrowser('demo', () => {
  describe('start', () => {
    test('while the answer is pending: busy, and nothing of either state', async () => {
      const { visitor, newAccount } = await openDemo();
      const { page } = visitor;
      await newAccount();
      await visitor.signIn(ADA);
      let asked = 0;
      const { promise: allowed, resolve: answer } = Promise.withResolvers<void>();
      await page.route('**/me', async (route) => {
        asked += 1;
        await allowed;
        await route.continue();
      });
      await page.goto('/demo/profile');
      await eventually(() => asked).toBe(1);
      const main = page.getByRole('main');
      expect(await main.getAttribute('aria-busy')).toBe('true');
      for (const name of ['Sign in', 'Sign up', 'Profile', 'Sessions']) {
        expect(await visitor.link(name).count(), name).toBe(0);
      }
      expect(await visitor.button('Sign out').count()).toBe(0);
      answer();
      await visitor.seePage('Profile');
      await visitor.seeSignedIn();
      await eventually(() => main.getAttribute('aria-busy')).not.toBe('true');
    });

    test.each(['/demo', '/demo/profile', '/demo/sessions'])(
      'signed in, at %s: nothing of the signed-out state is ever seen',
      async (path) => {
        const { visitor, context, newAccount } = await openDemo();
        await newAccount();
        await visitor.signIn(ADA);
        await record(context);
        await visitor.page.goto(path);
        await visitor.seeSignedIn();
        const shown = await shownIn(visitor.page);
        expect(shown.length).toBeGreaterThan(0);
        expect(shown.filter((text) => /Sign in|Sign up/.test(text))).toEqual([]);
        expect(shown.at(-1)).toMatch(/Sign out/);
      },
    );

    test.each(['/demo', '/demo/profile'])(
      'signed out, at %s: nothing of the signed-in state is ever seen',
      async (path) => {
        const { visitor, context } = await openDemo();
        await record(context);
        await visitor.page.goto(path);
        await visitor.seeSignedOut();
        const shown = await shownIn(visitor.page);
        expect(shown.filter((text) => /Sign out|Save names|Signed in as/.test(text))).toEqual([]);
      },
    );

    test('nobody was ever signed in here: nothing is asked of the service', async () => {
      const { visitor, context } = await openDemo();
      const asked: string[] = [];
      context.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await visitor.goTo('/demo', 'Latchkey demo');
      await visitor.seeSignedOut();
      expect(asked.filter((path) => !path.startsWith('/demo') && path !== '/favicon.ico')).toEqual([]);
    });
  });

  describe('remember me', () => {
    test('checked: still signed in after the browser was quit, and again after days', async () => {
      const { startBrowser, newAccount, clock } = await openDemoToQuit();
      await newAccount();
      const first = await startBrowser();
      await first.visitor.signIn(ADA, { remember: true });
      await first.quit();
      const second = await startBrowser();
      await second.visitor.goTo('/demo/profile', 'Profile');
      await second.visitor.seeSignedIn();
      await second.quit();
      clock.advance({ days: 13 });
      const third = await startBrowser();
      await third.visitor.goTo('/demo/sessions', 'Sessions');
      await third.visitor.see('This device');
    });

    test('not checked: signed in as long as the browser runs, in this tab, and no longer', async () => {
      const { startBrowser, newAccount } = await openDemoToQuit();
      await newAccount();
      const first = await startBrowser();
      await first.visitor.signIn(ADA);
      await first.visitor.page.reload();
      await first.visitor.seePage('Profile');
      await first.quit();
      const { visitor } = await startBrowser();
      await visitor.goTo('/demo', 'Latchkey demo');
      await visitor.seeSignedOut();
      await visitor.page.goto('/demo/profile');
      await visitor.seePage('Sign in');
      expect(await visitor.page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain('lkr_');
    });

    test('signed out, then quit: nobody is signed in afterwards', async () => {
      const { startBrowser, newAccount } = await openDemoToQuit();
      await newAccount();
      const first = await startBrowser();
      await first.visitor.signIn(ADA, { remember: true });
      await first.visitor.signOut();
      await first.quit();
      const { visitor } = await startBrowser();
      await visitor.goTo('/demo', 'Latchkey demo');
      await visitor.seeSignedOut();
    });
  });
});
