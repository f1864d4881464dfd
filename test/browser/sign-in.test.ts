// test/browser/sign-in.test.ts: the form at /demo/sign-in, who does not get to see it, and where it leads.
import { describe, expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo } from './demo.ts';
import { eventually, pathOf } from './visitor.ts';

const WRONG = 'a wrong password';
const AWAY = 'The service cannot be reached. Try again.';

/** Each is another site for some reader of addresses, or nothing that a page of the demo is at. */
const elsewhere = (origin: string) => [
  'https://evil.example/demo/sessions',
  '//evil.example/demo/sessions',
  '/\\evil.example/demo/sessions',
  '\\\\evil.example/demo/sessions',
  '/\t/evil.example/demo/sessions',
  'https:evil.example/demo/sessions',
  `${origin}@evil.example/demo/sessions`,
  'http://localhost:1/demo/sessions',
  'javascript:document.title=1',
  '/docs',
  '/demo/../docs',
  '/demo/%2e%2e/docs',
];

describeInBrowser('demo', () => {
  describe('sign-in', () => {
    test('a wrong password, and a name that nobody has: the same words', async () => {
      const { visitor, newAccount } = await openDemo();
      await newAccount();
      await visitor.goTo('/demo/sign-in', 'Sign in');
      for (const name of [ADA, 'ada', 'nobody', 'nobody@example.com']) {
        await visitor.page.reload();
        await visitor.trySignIn(name, WRONG);
        await visitor.seeAlert('The user name or the password is wrong.');
        const field = visitor.page.getByLabel('E-mail or user name', { exact: true });
        expect(await field.inputValue()).toBe(name);
      }
      await visitor.trySignIn(ADA);
      await visitor.seePage('Profile');
      expect(await visitor.page.getByText('The user name or the password is wrong.').count()).toBe(0);
    });

    test('nothing filled in: said beside the fields, and nothing is sent', async () => {
      const { visitor, context } = await openDemo();
      await visitor.goTo('/demo/sign-in', 'Sign in');
      const sent: string[] = [];
      context.on('request', (request) => sent.push(request.url()));
      await visitor.button('Sign in').click();
      await visitor.seeErrorBeside('E-mail or user name', /./);
      await visitor.seeErrorBeside('Password', /./);
      await visitor.seeFocusOn('E-mail or user name');
      expect(sent).toEqual([]);
    });

    test('too many tries: how long to wait is said', async () => {
      const { visitor, newAccount, api } = await openDemo({ env: { RATE_LIMITS: 'on' } });
      await newAccount();
      // Those of strangers, and then those of the network that the account was made from.
      for (let tries = 0; tries < 40; tries += 1) {
        await api.form('/token', { grant_type: 'password', username: ADA, password: WRONG });
      }
      await visitor.goTo('/demo/sign-in', 'Sign in');
      await visitor.trySignIn(ADA);
      await visitor.seeAlert(/Too many attempts\. Try again in (1 minute|[2-9] minutes|1 second|\d+ seconds)\./);
      await visitor.seeSignedOut();
    });

    test('the service is away, or has no time: said so, and nothing typed is lost', async () => {
      const { visitor, newAccount, tolerate } = await openDemo();
      await newAccount();
      tolerate(/net::ERR_FAILED/);
      const { page } = visitor;
      await visitor.goTo('/demo/sign-in', 'Sign in');
      const busy = { status: 503, json: { error: 'temporarily_unavailable' }, headers: { 'Retry-After': '1' } };
      for (const answer of ['abort', 'busy']) {
        await page.reload();
        await page.route('**/token', (route) => (answer === 'abort' ? route.abort() : route.fulfill(busy)));
        await visitor.trySignIn(ADA);
        await visitor.seeAlert(AWAY);
        expect(await page.getByLabel('E-mail or user name').inputValue()).toBe(ADA);
        expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe(PASSWORD);
        await page.unroute('**/token');
      }
      await visitor.button('Sign in').click();
      await visitor.seePage('Profile');
      await visitor.seeMessage('You are signed in.');
    });

    test('who is signed in already is sent to the profile, from here and from the sign-up', async () => {
      const { visitor, newAccount } = await openDemo();
      await newAccount();
      await visitor.signIn(ADA);
      for (const path of ['/demo/sign-in', '/demo/sign-up', '/demo/sign-in?next=/demo/profile']) {
        await visitor.page.goto(path);
        await visitor.seePage('Profile');
        expect(pathOf(visitor.page)).toBe('/demo/profile');
        await visitor.seeSignedIn();
      }
    });

    test('the password is for the password manager to fill in, and not to be read', async () => {
      const { visitor } = await openDemo();
      await visitor.goTo('/demo/sign-in', 'Sign in');
      const name = visitor.page.getByLabel('E-mail or user name', { exact: true });
      const password = visitor.page.getByLabel('Password', { exact: true });
      expect(await name.getAttribute('autocomplete')).toMatch(/username/);
      expect(await password.getAttribute('autocomplete')).toBe('current-password');
      expect(await password.getAttribute('type')).toBe('password');
    });
  });

  describe('next', () => {
    test('a protected page leads to the sign-in, and the sign-in back to it', async () => {
      const { visitor, newAccount } = await openDemo();
      await newAccount();
      for (const [path, name] of [
        ['/demo/sessions', 'Sessions'],
        ['/demo/profile', 'Profile'],
      ] as const) {
        await visitor.page.goto(path);
        await visitor.seePage('Sign in');
        const { pathname, searchParams } = new URL(visitor.page.url());
        expect([pathname, searchParams.get('next')]).toEqual(['/demo/sign-in', path]);
        await visitor.trySignIn(ADA);
        await visitor.seePage(name);
        expect(new URL(visitor.page.url()).pathname).toBe(path);
        await visitor.signOut();
      }
    });

    test('a whole address of this origin is as good as a path', async () => {
      const { visitor, origin, newAccount } = await openDemo();
      await newAccount();
      await visitor.goTo(`/demo/sign-in?next=${encodeURIComponent(`${origin}/demo/sessions`)}`, 'Sign in');
      await visitor.trySignIn(ADA);
      await visitor.seePage('Sessions');
    });

    test('nobody is led to another site, however it is spelled, nor out of the demo', async () => {
      const { visitor, origin, newAccount } = await openDemo();
      await newAccount();
      for (const next of elsewhere(origin)) {
        await visitor.goTo(`/demo/sign-in?next=${encodeURIComponent(next)}`, 'Sign in');
        await visitor.trySignIn(ADA);
        await visitor.seePage('Profile');
        await eventually(() => visitor.page.url()).toBe(`${origin}/demo/profile`);
        await visitor.signOut();
      }
    });
  });
});
