// test/browser/journey.test.ts: all that the login tutorials do, by one person in one go.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, type Demo, NEW_PASSWORD, openDemo } from './demo.ts';
import { eventually } from './visitor.ts';

const NEW_ADDRESS = 'ada@elsewhere.example';

describeInBrowser('demo: the whole journey', () => {
  test('from the sign-up to the end of the account', async () => {
    const demo = await openDemo();
    await signUp(demo);
    await signInByEitherName(demo);
    await changeNames(demo);
    await changePassword(demo);
    await changeAddress(demo);
    await endSessions(demo);
    await deleteAccount(demo);
  });
});

async function signUp({ visitor }: Demo): Promise<void> {
  await visitor.goTo('/demo', 'Latchkey demo');
  await visitor.seeSignedOut();
  await visitor.navigation().getByRole('link', { name: 'Sign up' }).click();
  await visitor.seePage('Sign up');
  await visitor.fill({ 'First name': 'Ada', 'Last name': 'Byron', 'User name': 'ada', 'E-mail': ADA });
  await visitor.fill({ Password: PASSWORD, 'Password again': PASSWORD });
  await visitor.button('Sign up').click();
  await visitor.seeMessage('Your account was made.');
  await visitor.seePage('Profile');
  await visitor.seeSignedIn();
  await expectNames(visitor, { 'First name': 'Ada', 'Last name': 'Byron', 'User name': 'ada' });
  await visitor.signOut();
}

async function signInByEitherName({ visitor }: Demo): Promise<void> {
  await visitor.signIn(ADA);
  await visitor.seeMessage('You are signed in.');
  await visitor.signOut();
  await visitor.signIn('ADA');
}

async function changeNames({ visitor }: Demo): Promise<void> {
  const names = { 'First name': 'Augusta', 'Last name': 'King', 'User name': 'countess' };
  await visitor.send('Names', names, 'Save names');
  await visitor.seeMessage('Your names were saved.');
  await visitor.page.reload();
  await visitor.seePage('Profile');
  await expectNames(visitor, names);
  await visitor.link('Home').click();
  await visitor.seePage('Latchkey demo');
  await visitor.see(/Signed in as (Augusta|countess|ada@)/);
}

async function changePassword({ visitor }: Demo): Promise<void> {
  await visitor.link('Profile').click();
  const again = { 'New password': NEW_PASSWORD, 'New password again': NEW_PASSWORD };
  await visitor.send('Password', { 'Current password': PASSWORD, ...again }, 'Change password');
  await visitor.seeMessage('Your password was changed. All other sessions have ended.');
  await visitor.signOut();
  await visitor.signIn('countess', { password: NEW_PASSWORD });
}

/** With the link in the mail that really goes out. */
async function changeAddress({ visitor, linkTo }: Demo): Promise<void> {
  await visitor.section('E-mail').getByText(ADA).waitFor();
  await visitor.send('E-mail', { 'New e-mail': NEW_ADDRESS, 'Current password': NEW_PASSWORD }, 'Change e-mail');
  await visitor.seeMessage(`We have sent a mail to ${NEW_ADDRESS}.`);
  await visitor.page.goto(await linkTo(NEW_ADDRESS, /^Confirm your new/));
  await visitor.seePage('Verify your e-mail');
  await visitor.seeMessage('Your e-mail address is verified.');
  await visitor.link('Profile').click();
  await visitor.section('E-mail').getByText(NEW_ADDRESS).waitFor();
  expect(await visitor.button('Send the verification mail again').count()).toBe(0);
}

async function endSessions({ visitor, api }: Demo): Promise<void> {
  for (const _ of ['phone', 'tablet']) await api.signIn(NEW_ADDRESS, { password: NEW_PASSWORD });
  await visitor.link('Sessions').click();
  await visitor.seePage('Sessions');
  const ends = visitor.page.getByRole('button', { name: /^End the session on / });
  await eventually(() => ends.count()).toBe(2);
  expect(await visitor.page.getByText('This device', { exact: true }).count()).toBe(1);
  await ends.first().click();
  await visitor.seeMessage('The session has ended.');
  await eventually(() => ends.count()).toBe(1);
  await api.signIn(NEW_ADDRESS, { password: NEW_PASSWORD });
  await visitor.button('End all other sessions').click();
  await visitor.seeMessage('All other sessions have ended.');
  await eventually(() => ends.count()).toBe(0);
  expect(await visitor.button('End all other sessions').count()).toBe(0);
}

async function deleteAccount({ visitor }: Demo): Promise<void> {
  await visitor.link('Profile').click();
  await visitor.send('Delete account', { 'Current password': NEW_PASSWORD }, 'Delete account');
  await visitor.button('Yes, delete my account').click();
  await visitor.seeMessage('Your account was deleted.');
  await visitor.seeSignedOut();
  await visitor.goTo('/demo/sign-in', 'Sign in');
  await visitor.trySignIn(NEW_ADDRESS, NEW_PASSWORD);
  await visitor.seeAlert('The user name or the password is wrong.');
}

async function expectNames({ section }: Demo['visitor'], names: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(names)) {
    await eventually(() => section('Names').getByLabel(label, { exact: true }).inputValue()).toBe(value);
  }
}
