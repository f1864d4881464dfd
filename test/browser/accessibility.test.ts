// test/browser/accessibility.test.ts: the demo for everybody: small and large windows, light and dark, without a mouse.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { faultsOf } from './accessibility.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo } from './demo.ts';
import { mailedPages, openPages, ownPages } from './places.ts';

async function openSignedIn() {
  const demo = await openDemo();
  await demo.newAccount();
  await demo.api.signIn(ADA);
  await demo.visitor.signIn(ADA);
  return demo;
}

describeInBrowser('demo: accessibility', () => {
  test('axe finds nothing on any page that is open to all', async () => {
    const { visitor } = await openDemo();
    for (const [path, name] of Object.entries(openPages)) {
      await visitor.goTo(path, name);
      await visitor.seeSignedOut();
      expect(await faultsOf(visitor.page), path).toEqual([]);
    }
  });

  test('axe finds nothing on the pages that links in mails lead to', async () => {
    const { visitor } = await openDemo();
    for (const [path, name] of Object.entries(mailedPages)) {
      await visitor.goTo(`${path}#code=abc`, name);
      await visitor.seeSignedOut();
      expect(await faultsOf(visitor.page), path).toEqual([]);
    }
  });

  test('axe finds nothing on the pages of an account', async () => {
    const { visitor } = await openSignedIn();
    for (const [path, name] of Object.entries({ ...ownPages, '/demo': 'Latchkey demo' })) {
      await visitor.goTo(path, name);
      await visitor.seeSignedIn();
      expect(await faultsOf(visitor.page), path).toEqual([]);
    }
  });

  test('axe finds nothing where something is wrong, or being asked', async () => {
    const { visitor } = await openSignedIn();
    await visitor.send('Delete account', { 'Current password': PASSWORD }, 'Delete account');
    await visitor.button('Keep it').waitFor();
    expect(await faultsOf(visitor.page), 'asked twice').toEqual([]);
    await visitor.signOut();
    await visitor.goTo('/demo/sign-up', 'Sign up');
    await visitor.button('Sign up').click();
    await visitor.seeErrorBeside('E-mail', /./);
    expect(await faultsOf(visitor.page), 'errors beside fields').toEqual([]);
    await visitor.goTo('/demo/sign-in', 'Sign in');
    await visitor.trySignIn(ADA, 'a wrong password');
    await visitor.seeAlert(/./);
    expect(await faultsOf(visitor.page), 'one error for the form').toEqual([]);
  });

  test('with the keyboard alone: everything is reached in order, the focus is seen, and Enter signs in', async () => {
    const { visitor, newAccount } = await openDemo();
    await newAccount();
    const { page } = visitor;
    await visitor.goTo('/demo/sign-in', 'Sign in');
    const passed: string[] = [];
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 20 && passed.at(-1) !== name; presses += 1) {
        await page.keyboard.press('Tab');
        passed.push(String(await page.evaluate(focusedName)));
        expect(await page.evaluate(focusIsSeen), passed.at(-1)).toBe(true);
      }
      expect(passed.at(-1)).toBe(name);
    };
    await tabTo('E-mail or user name');
    expect(passed).toEqual(expect.arrayContaining(['Home', 'Sign in', 'Sign up']));
    await page.keyboard.type(ADA);
    await tabTo('Password');
    await page.keyboard.type(PASSWORD);
    await tabTo('Remember me');
    await page.keyboard.press('Space');
    expect(await page.getByLabel('Remember me').isChecked()).toBe(true);
    await tabTo('Sign in');
    await page.keyboard.press('Enter');
    await visitor.seePage('Profile');
    await visitor.seeSignedIn();
  });

  test('Enter in a field sends the form, as everywhere', async () => {
    const { visitor, newAccount } = await openDemo();
    await newAccount();
    await visitor.goTo('/demo/sign-in', 'Sign in');
    await visitor.fill({ 'E-mail or user name': ADA, Password: PASSWORD });
    await visitor.page.keyboard.press('Enter');
    await visitor.seePage('Profile');
  });
});

const focusedName = `(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()`;

/** An outline or a shadow, which it does not have otherwise. */
const focusIsSeen = `(() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
})()`;
