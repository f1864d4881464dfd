// test/browser/pages.test.ts: what every page has, how one comes from one to the other, and the API reference beside them.
import { describe, expect, test } from 'vitest';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo } from './demo.ts';
import { openPages, ownPages } from './places.ts';
import { eventually, pathOf, type Visitor } from './visitor.ts';

async function expectWhole({ page }: Visitor, name: string): Promise<void> {
  await eventually(() => page.title()).toBe(`${name} – Latchkey demo`);
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  expect(await page.getByRole('main').count()).toBe(1);
  expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(1);
  expect(await page.locator('[role=status]').count()).toBe(1);
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
}

/** The links of the navigation that say that they lead to where one is. */
const current = ({ navigation }: Visitor) => navigation().locator('[aria-current=page]').allInnerTexts();

const headingHasFocus = (visitor: Visitor) => visitor.hasFocus(visitor.page.getByRole('heading', { level: 1 }));

describeInBrowser('pages', () => {
  describe('demo', () => {
    test('each that is open to all has its heading, its title and one of each landmark', async () => {
      const { visitor } = await openDemo();
      for (const [path, name] of Object.entries(openPages)) {
        await visitor.goTo(path, name);
        await visitor.seeSignedOut();
        await expectWhole(visitor, name);
      }
    });

    test('each that is for signed-in people has them too', async () => {
      const { visitor, newAccount } = await openDemo();
      await newAccount();
      await visitor.signIn(ADA);
      for (const [path, name] of Object.entries(ownPages)) {
        await visitor.goTo(path, name);
        await visitor.seeSignedIn();
        await expectWhole(visitor, name);
      }
    });

    test('a link leads on without a new document: the heading has the focus, and the link is the current one', async () => {
      const { visitor } = await openDemo();
      await visitor.goTo('/demo', 'Latchkey demo');
      expect(await current(visitor)).toEqual(['Home']);
      await visitor.page.evaluate('document.isTheSame = true');
      for (const name of ['Sign in', 'Sign up']) {
        await visitor.navigation().getByRole('link', { name, exact: true }).click();
        await visitor.seePage(name);
        await eventually(() => headingHasFocus(visitor)).toBe(true);
        expect(await current(visitor)).toEqual([name]);
        expect(await visitor.page.evaluate('document.isTheSame')).toBe(true);
      }
      await visitor.page.goBack();
      await visitor.seePage('Sign in');
      expect(await current(visitor)).toEqual(['Sign in']);
      await visitor.page.goForward();
      await visitor.seePage('Sign up');
      expect(await visitor.page.evaluate('document.isTheSame')).toBe(true);
    });

    test('where there is no page: says so, and leads home', async () => {
      const { visitor } = await openDemo();
      for (const path of ['/demo/nowhere', '/demo/profile/more', '/demo/']) {
        await visitor.page.goto(path);
        if (path === '/demo/') continue;
        await visitor.seePage('Not found');
        await visitor.page.getByRole('main').getByRole('link', { name: 'Home', exact: true }).click();
        await visitor.seePage('Latchkey demo');
        expect(pathOf(visitor.page)).toBe('/demo');
      }
    });

    test('back after a sign-out: nothing of the account is shown', async () => {
      const { visitor, newAccount } = await openDemo();
      await newAccount();
      await visitor.signIn(ADA);
      await visitor.link('Sessions').click();
      await visitor.seePage('Sessions');
      await visitor.signOut();
      await visitor.page.goBack();
      await visitor.seePage('Sign in');
      await visitor.seeSignedOut();
      expect(await visitor.page.getByText(ADA).count()).toBe(0);
    });

    test('without JavaScript: a page says that it needs it', async () => {
      const { visitor } = await openDemo({ browser: { javaScriptEnabled: false } });
      await visitor.page.goto('/demo');
      await visitor.see(/JavaScript/);
    });
  });

  describe('docs', () => {
    test('every operation is drawn, and nothing comes from elsewhere', async () => {
      const { visitor, endpoints } = await openDemo();
      const { page } = visitor;
      await page.goto('/docs');
      await page.locator('.opblock').first().waitFor();
      await eventually(() => page.locator('.opblock').count()).toBe(endpoints.length);
      expect(await page.title()).toBe('Latchkey API');
    });

    test('an operation can be opened, and tried', async () => {
      const { visitor } = await openDemo();
      const { page } = visitor;
      await page.goto('/docs');
      const operation = page.locator('.opblock', { hasText: '/livez' }).first();
      await operation.locator('.opblock-summary').click();
      await operation.getByRole('button', { name: 'Execute' }).click();
      await operation.locator('.live-responses-table').getByText('200', { exact: true }).first().waitFor();
    });
  });
});
