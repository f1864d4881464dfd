// test/browser/mails.test.ts: the links in mails, opened in a browser as people open them.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, NEW_PASSWORD, openDemo } from './demo.ts';
import { eventually } from './visitor.ts';

async function openWithMail() {
  const demo = await openDemo();
  const { visitor, newAccount, linkTo, origin } = demo;
  await newAccount();

  async function follow(link: string, name: string): Promise<void> {
    expect(link.startsWith(`${origin}/demo/`)).toBe(true);
    await visitor.page.goto('about:blank');
    await visitor.page.goto(link);
    await visitor.seePage(name);
    await eventually(() => new URL(visitor.page.url()).hash).toBe('');
    expect(visitor.page.url()).not.toContain('code');
  }

  async function askForReset(address = ADA): Promise<void> {
    await visitor.goTo('/demo/sign-in', 'Sign in');
    await visitor.link('Forgot your password?').click();
    await visitor.seePage('Reset your password');
    await visitor.fill({ 'E-mail': address });
    await visitor.button('Send the mail').click();
    await visitor.seeMessage(`We have sent a mail to ${address}.`);
  }

  async function choose(password: string, again = password): Promise<void> {
    await visitor.fill({ 'New password': password, 'New password again': again });
    await visitor.button('Set the password').click();
  }

  const verifyLink = () => linkTo(ADA, /^Confirm your e-mail/);
  const resetLink = () => linkTo(ADA, /^Choose a new password/);
  return { ...demo, follow, askForReset, choose, verifyLink, resetLink };
}

describeInBrowser('demo: links in mails', () => {
  test('verification: where nobody is signed in, it takes the password; a second time is no error', async () => {
    const { visitor, api, follow, verifyLink } = await openWithMail();
    const { access_token } = await api.signIn(ADA);
    const link = await verifyLink();
    await follow(link, 'Verify your e-mail');
    await visitor.fill({ Password: 'a wrong password' });
    await visitor.button('Verify').click();
    await visitor.seeErrorBeside('Password', /The password is wrong\./);
    expect(await api.me(access_token)).toMatchObject({ email_verified: false });
    await visitor.fill({ Password: PASSWORD });
    await visitor.button('Verify').dblclick();
    await visitor.seeMessage('Your e-mail address is verified.');
    expect(await api.me(access_token)).toMatchObject({ email_verified: true });
    await visitor.seeSignedOut();
    await follow(link, 'Verify your e-mail');
    await visitor.fill({ Password: PASSWORD });
    await visitor.button('Verify').click();
    await visitor.seeMessage('Your e-mail address is verified.');
  });

  test('verification: where the account is signed in, to open the link is enough, also twice', async () => {
    const { visitor, api, follow, verifyLink } = await openWithMail();
    const { access_token } = await api.signIn(ADA);
    await visitor.signIn(ADA);
    const link = await verifyLink();
    await follow(link, 'Verify your e-mail');
    await visitor.seeMessage('Your e-mail address is verified.');
    expect(await api.me(access_token)).toMatchObject({ email_verified: true });
    await follow(link, 'Verify your e-mail');
    await visitor.seeMessage('Your e-mail address is verified.');
    await visitor.link('Go to your account').click();
    await visitor.seePage('Profile');
  });

  test('verification: where another account is signed in, it takes the password of the right one', async () => {
    const { visitor, api, follow, verifyLink } = await openWithMail();
    await api.signUp({ email: 'bob@example.com', password: 'the battery of Bob' });
    const { access_token } = await api.signIn(ADA);
    await visitor.signIn('bob@example.com', { password: 'the battery of Bob' });
    await follow(await verifyLink(), 'Verify your e-mail');
    await visitor.see(/You are signed in as bob@example\.com/);
    expect(await api.me(access_token)).toMatchObject({ email_verified: false });
    await visitor.fill({ Password: 'the battery of Bob' });
    await visitor.button('Verify').click();
    await visitor.seeErrorBeside('Password', /The password is wrong\./);
    await visitor.fill({ Password: PASSWORD });
    await visitor.button('Verify').click();
    await visitor.seeMessage('Your e-mail address is verified.');
    expect(await api.me(access_token)).toMatchObject({ email_verified: true });
    await visitor.seeSignedIn();
  });

  test('verification: the owner of the mailbox, whose address a stranger signed up with, takes the account', async () => {
    const { visitor, api, follow, choose, verifyLink } = await openWithMail();
    const { access_token } = await api.signIn(ADA);
    await follow(await verifyLink(), 'Verify your e-mail');
    await visitor.button('Set a new password instead').click();
    await visitor.seeFocusOn('New password');
    await visitor.button('Use my password').click();
    await visitor.seeFocusOn('Password');
    await visitor.button('Set a new password instead').click();
    await choose(NEW_PASSWORD);
    await visitor.seeMessage('Your password was set. Sign in with it.');
    await visitor.seePage('Sign in');
    expect((await api.get('/me', access_token)).status).toBe(401);
    await visitor.signIn(ADA, { password: NEW_PASSWORD });
    await visitor.section('E-mail').getByText('verified', { exact: true }).waitFor();
  });

  test('verification: the link to a changed address sets no password, and says what does', async () => {
    const { visitor, api, follow, choose, linkTo } = await openWithMail();
    const { access_token } = await api.signIn(ADA);
    await api.put('/me/email', { email: 'ada@elsewhere.example', password: PASSWORD }, access_token);
    await follow(await linkTo('ada@elsewhere.example', /^Confirm your new/), 'Verify your e-mail');
    await visitor.button('Set a new password instead').click();
    await choose(NEW_PASSWORD);
    await visitor.seeAlert('This link cannot set a password. Ask for a mail to reset it.');
    await visitor.link('Ask for a mail to reset it').click();
    await visitor.seePage('Reset your password');
  });

  test('verification: a program that only opens links changes nothing', async () => {
    const { visitor, api, context, follow, verifyLink } = await openWithMail();
    const { access_token } = await api.signIn(ADA);
    const sent: string[] = [];
    context.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await follow(await verifyLink(), 'Verify your e-mail');
    await visitor.button('Verify').waitFor();
    expect(sent.filter((request) => !request.startsWith('GET /demo'))).toEqual([]);
    expect(await api.me(access_token)).toMatchObject({ email_verified: false });
  });

  test('verification: a link that is too old is refused in words, to members and to guests', async () => {
    const { visitor, clock, follow, verifyLink } = await openWithMail();
    const link = await verifyLink();
    clock.advance({ hours: 25 });
    await follow(link, 'Verify your e-mail');
    await visitor.fill({ Password: PASSWORD });
    await visitor.button('Verify').click();
    await visitor.seeAlert('This link is not valid any more. Ask for a new mail.');
    await visitor.signIn(ADA);
    await follow(link, 'Verify your e-mail');
    await visitor.seeAlert('This link is not valid any more. Ask for a new mail.');
    await visitor.link('Go to your account').click();
    await visitor.seePage('Profile');
  });

  test('verification: the code is not left in the history, nor sent to the server with an address', async () => {
    const { visitor, context, follow, verifyLink } = await openWithMail();
    await visitor.signIn(ADA);
    const link = await verifyLink();
    const [, code = ''] = link.split('code=');
    const addresses: string[] = [];
    context.on('request', (request) => addresses.push(request.url(), JSON.stringify(request.headers())));
    await follow(link, 'Verify your e-mail');
    await visitor.seeMessage('Your e-mail address is verified.');
    await visitor.link('Home').click();
    await visitor.seePage('Latchkey demo');
    await visitor.page.goBack();
    await visitor.seePage('Verify your e-mail');
    expect(visitor.page.url()).not.toContain(code);
    expect(addresses.filter((text) => text.includes(code) && !text.startsWith(link.replace(/#.*/, '#')))).toEqual([]);
  });

  test('verification: without a code there is nothing to press for', async () => {
    const { visitor } = await openWithMail();
    await visitor.goTo('/demo/verify-email', 'Verify your e-mail');
    expect(await visitor.button('Verify').count()).toBe(0);
    await visitor.goTo('/demo/reset-password', 'Choose a new password');
    expect(await visitor.page.getByLabel('New password', { exact: true }).count()).toBe(0);
  });

  test('reset: the new password signs in, the old one does not; a second time is refused', async () => {
    const { visitor, follow, askForReset, choose, resetLink } = await openWithMail();
    await askForReset();
    const link = await resetLink();
    await follow(link, 'Choose a new password');
    await choose(NEW_PASSWORD, PASSWORD);
    await visitor.seeErrorBeside('New password again', /The passwords are not the same\./);
    await choose('password1');
    await visitor.seeErrorBeside('New password', /./);
    await choose(NEW_PASSWORD);
    await visitor.seeMessage('Your password was set. Sign in with it.');
    await visitor.goTo('/demo/sign-in', 'Sign in');
    await visitor.trySignIn(ADA, PASSWORD);
    await visitor.seeAlert('The user name or the password is wrong.');
    await visitor.signIn(ADA, { password: NEW_PASSWORD });
    await visitor.signOut();
    await follow(link, 'Choose a new password');
    await choose('yet another battery');
    await visitor.seeAlert(/[a-z]+ [a-z]+/i);
    await visitor.signIn(ADA, { password: NEW_PASSWORD });
  });

  test('reset: the answer is the same for an address that nobody has, and no mail goes to it', async () => {
    const { askForReset, letters, deliverMails } = await openWithMail();
    await deliverMails();
    letters.length = 0;
    await askForReset('nobody@example.com');
    await deliverMails();
    expect(letters).toEqual([]);
  });

  test('reset: a link that is too old is refused in words', async () => {
    const { visitor, clock, follow, askForReset, choose, resetLink } = await openWithMail();
    await askForReset();
    const link = await resetLink();
    clock.advance({ minutes: 31 });
    await follow(link, 'Choose a new password');
    await choose(NEW_PASSWORD);
    await visitor.seeAlert(/[a-z]+ [a-z]+/i);
    await visitor.signIn(ADA, { password: PASSWORD });
  });
});
