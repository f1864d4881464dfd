// test/browser/profile.test.ts: the page of an account, and what can be wrong with its forms.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, NEW_PASSWORD, openDemo } from './demo.ts';
import { eventually } from './visitor.ts';

const WRONG = 'a wrong password';

async function openProfile() {
  const demo = await openDemo();
  await demo.newAccount();
  await demo.visitor.signIn(ADA);
  return demo;
}

describeInBrowser('demo: profile', () => {
  test('names: one that is taken is said beside it, and one can be taken away again', async () => {
    const { visitor, api } = await openProfile();
    await api.signUp({ email: 'bob@example.com', preferred_username: 'bob' });
    const names = visitor.section('Names');
    await visitor.send('Names', { 'First name': 'Ada', 'User name': 'Bob' }, 'Save names');
    await visitor.seeErrorBeside('User name', /This user name is taken\./, names);
    await visitor.seeFocusOn('User name', names);
    await visitor.send('Names', { 'User name': 'countess' }, 'Save names');
    await visitor.seeMessage('Your names were saved.');
    expect(await visitor.errorBeside('User name', names)).toBe('');
    await visitor.send('Names', { 'First name': '', 'User name': '' }, 'Save names');
    await visitor.seeMessage('Your names were saved.');
    const { access_token } = await api.signIn(ADA);
    await eventually(() => api.me(access_token)).toMatchObject({ given_name: null, preferred_username: null });
  });

  test('password: each thing that is wrong is said beside its field, and the old one stays', async () => {
    const { visitor, api } = await openProfile();
    const section = visitor.section('Password');
    const change = (current: string, next: string, again = next) =>
      visitor.send(
        'Password',
        { 'Current password': current, 'New password': next, 'New password again': again },
        'Change password',
      );
    await change(PASSWORD, NEW_PASSWORD, PASSWORD);
    await visitor.seeErrorBeside('New password again', /The passwords are not the same\./, section);
    await visitor.seeFocusOn('New password again', section);
    await change(WRONG, NEW_PASSWORD);
    await visitor.seeErrorBeside('Current password', /./, section);
    await change(PASSWORD, 'password1');
    await visitor.seeErrorBeside('New password', /./, section);
    await visitor.seeFocusOn('New password', section);
    await api.signIn(ADA);
    await visitor.seeSignedIn();
  });

  test('password: this session goes on, the others end, and the form is empty again', async () => {
    const { visitor, api } = await openProfile();
    const other = await api.signIn(ADA);
    const section = visitor.section('Password');
    const fields = { 'Current password': PASSWORD, 'New password': NEW_PASSWORD, 'New password again': NEW_PASSWORD };
    await visitor.send('Password', fields, 'Change password');
    await visitor.seeMessage('Your password was changed. All other sessions have ended.');
    for (const label of Object.keys(fields)) {
      await eventually(() => section.getByLabel(label, { exact: true }).inputValue()).toBe('');
    }
    expect((await api.get('/me', other.access_token)).status).toBe(401);
    await visitor.page.reload();
    await visitor.seePage('Profile');
  });

  test('e-mail: says whether it is verified, sends the mail again, and its link works', async () => {
    const { visitor, linkTo, letters, deliverMails } = await openProfile();
    await deliverMails();
    letters.length = 0;
    const section = visitor.section('E-mail');
    await section.getByText(ADA).waitFor();
    await section.getByText(/not (yet )?verified/i).waitFor();
    await section.getByRole('button', { name: 'Send the verification mail again' }).click();
    await visitor.seeMessage(`We have sent a mail to ${ADA}.`);
    await visitor.page.goto(await linkTo(ADA, /^Confirm/));
    await visitor.seeMessage('Your e-mail address is verified.');
    await visitor.goTo('/demo/profile', 'Profile');
    await section.getByText(/verified/i).waitFor();
    expect(await section.getByText(/not (yet )?verified/i).count()).toBe(0);
  });

  test('e-mail: neither a wrong password nor what is no address changes anything', async () => {
    const { visitor, letters, deliverMails } = await openProfile();
    await deliverMails();
    letters.length = 0;
    const section = visitor.section('E-mail');
    await visitor.send('E-mail', { 'New e-mail': 'ada@', 'Current password': PASSWORD }, 'Change e-mail');
    await visitor.seeErrorBeside('New e-mail', /./, section);
    await visitor.seeFocusOn('New e-mail', section);
    const fields = { 'New e-mail': 'ada@elsewhere.example', 'Current password': WRONG };
    await visitor.send('E-mail', fields, 'Change e-mail');
    await visitor.seeErrorBeside('Current password', /./, section);
    expect(await section.getByLabel('New e-mail', { exact: true }).inputValue()).toBe('ada@elsewhere.example');
    await deliverMails();
    expect(letters).toEqual([]);
  });

  test('delete account: asks twice, can be called off, and wants the right password', async () => {
    const { visitor, api } = await openProfile();
    const section = visitor.section('Delete account');
    const begin = (password: string) =>
      visitor.send('Delete account', { 'Current password': password }, 'Delete account');
    await begin(PASSWORD);
    await visitor.button('Keep it').click();
    await visitor.button('Yes, delete my account').waitFor({ state: 'hidden' });
    await begin(WRONG);
    await visitor.button('Yes, delete my account').click();
    await visitor.seeErrorBeside('Current password', /./, section);
    await visitor.seeSignedIn();
    await api.signIn(ADA);
  });

  test.each([
    ['Names', { 'First name': 'Augusta' }, 'Save names', '**/me'],
    [
      'Password',
      { 'Current password': PASSWORD, 'New password': NEW_PASSWORD, 'New password again': NEW_PASSWORD },
      'Change password',
      '**/me/password',
    ],
    ['E-mail', { 'New e-mail': 'a@b.example', 'Current password': PASSWORD }, 'Change e-mail', '**/me/email'],
  ])('%s: too many attempts are said in words, and nothing typed is lost', async (name, fields, act, url) => {
    const { visitor } = await openProfile();
    const headers = { 'Retry-After': '45', 'Content-Type': 'application/problem+json' };
    const body = JSON.stringify({ title: 'Later.', status: 429, code: 'too_many_requests' });
    await visitor.page.route(url, (route) => route.fulfill({ status: 429, headers, body }));
    await visitor.send(name, fields, act);
    await visitor.seeAlert('Too many attempts. Try again in 45 seconds.');
    for (const [label, value] of Object.entries(fields)) {
      expect(await visitor.section(name).getByLabel(label, { exact: true }).inputValue()).toBe(value);
    }
    await visitor.seeSignedIn();
  });

  test('the service is away: said so, and nothing typed is lost', async () => {
    const { visitor, tolerate } = await openProfile();
    tolerate(/net::ERR_FAILED/);
    await visitor.page.route('**/me', (route) => route.abort());
    await visitor.send('Names', { 'First name': 'Augusta' }, 'Save names');
    await visitor.see('The service cannot be reached. Try again.');
    expect(await visitor.section('Names').getByLabel('First name').inputValue()).toBe('Augusta');
    await visitor.page.unroute('**/me');
    await visitor.send('Names', {}, 'Save names');
    await visitor.seeMessage('Your names were saved.');
  });
});
