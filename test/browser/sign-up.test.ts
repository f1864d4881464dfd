// test/browser/sign-up.test.ts: the form at /demo/sign-up, and what can be wrong with it.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo } from './demo.ts';
import { eventually, pathOf } from './visitor.ts';

const filledIn = {
  'First name': 'Ada',
  'Last name': 'Byron',
  'User name': 'ada',
  'E-mail': ADA,
  Password: PASSWORD,
  'Password again': PASSWORD,
};

async function openForm() {
  const demo = await openDemo();
  const { visitor, context } = demo;
  await visitor.goTo('/demo/sign-up', 'Sign up');
  const sent: string[] = [];
  context.on('request', (request) => {
    if (request.method() === 'POST') sent.push(new URL(request.url()).pathname);
  });
  const send = () => visitor.button('Sign up').click();
  return { ...demo, sent, send };
}

describeInBrowser('demo: sign-up', () => {
  test('nothing filled in: the first field that is needed says so and has the focus', async () => {
    const { visitor, send } = await openForm();
    await send();
    await visitor.seeErrorBeside('E-mail', /./);
    await visitor.seeErrorBeside('Password', /./);
    await visitor.seeAlert(/./);
    await visitor.seeFocusOn('E-mail');
    expect(await visitor.errorBeside('First name')).toBe('');
    expect(pathOf(visitor.page)).toBe('/demo/sign-up');
  });

  test('two passwords that differ: found before anything is sent', async () => {
    const { visitor, send, sent } = await openForm();
    await visitor.fill({ ...filledIn, 'Password again': 'correct horse batery' });
    await send();
    await visitor.seeErrorBeside('Password again', /The passwords are not the same\./);
    await visitor.seeFocusOn('Password again');
    expect(sent).toEqual([]);
    await visitor.fill({ 'Password again': PASSWORD });
    await send();
    await visitor.seeMessage('Your account was made.');
    expect(sent).toEqual(['/signup']);
  });

  test('a password that everybody has, and no address: each is said beside its field, by the service', async () => {
    const { visitor, send } = await openForm();
    await visitor.fill({ ...filledIn, 'E-mail': 'ada@', Password: 'password1', 'Password again': 'password1' });
    await send();
    await visitor.seeErrorBeside('E-mail', /./);
    await visitor.seeFocusOn('E-mail');
    await visitor.fill({ 'E-mail': ADA });
    await send();
    await visitor.seeErrorBeside('Password', /./);
    await visitor.seeFocusOn('Password');
    expect(await visitor.errorBeside('E-mail')).toBe('');
  });

  test('an address and a user name that are taken: said in words beside the fields', async () => {
    const { visitor, send, newAccount } = await openForm();
    await newAccount();
    await visitor.fill({ ...filledIn, 'User name': 'countess' });
    await send();
    await visitor.seeErrorBeside('E-mail', /This e-mail address already has an account\./);
    await visitor.seeAlert(/./);
    await visitor.seeFocusOn('E-mail');
    await visitor.fill({ 'E-mail': 'countess@example.com', 'User name': 'ADA' });
    await send();
    await visitor.seeErrorBeside('User name', /This user name is taken\./);
    await visitor.seeFocusOn('User name');
    await visitor.fill({ 'User name': 'countess' });
    await send();
    await visitor.seeSignedIn();
  });

  test('the service is away: said so, and nothing typed is lost', async () => {
    const { visitor, send, tolerate } = await openForm();
    tolerate(/net::ERR_CONNECTION_REFUSED/);
    await visitor.page.route('**/signup', (route) => route.abort('connectionrefused'));
    await visitor.fill(filledIn);
    await visitor.page.getByLabel('Remember me').check();
    await send();
    await visitor.see('The service cannot be reached. Try again.');
    const { page } = visitor;
    for (const [label, value] of Object.entries(filledIn)) {
      expect(await page.getByLabel(label, { exact: true }).inputValue(), label).toBe(value);
    }
    expect(await page.getByLabel('Remember me').isChecked()).toBe(true);
    await page.unroute('**/signup');
    await send();
    await visitor.seeMessage('Your account was made.');
    await visitor.seePage('Profile');
    await eventually(() => page.getByText('The service cannot be reached. Try again.').count()).toBe(0);
  });

  test('sent twice by an impatient finger: one account, and no error', async () => {
    const { visitor, sent } = await openForm();
    await visitor.fill(filledIn);
    await visitor.button('Sign up').dblclick();
    await visitor.seeMessage('Your account was made.');
    await visitor.seePage('Profile');
    expect(sent).toEqual(['/signup']);
  });
});
