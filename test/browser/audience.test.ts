// test/browser/audience.test.ts: the demo of a service whose tokens are for another one by default.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo } from './demo.ts';
import { storedSession } from './stored.ts';
import { eventually } from './visitor.ts';

const AUDIENCE = 'https://orders.example';

/** The `aud` of the access token that the page holds. */
function audienceOf(token: string): unknown {
  const [, payload = ''] = token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).aud;
}

describeInBrowser('demo: with AUDIENCE set', () => {
  test('sign-up, sign-in and refresh give tokens for the issuer, and the account can be used', async () => {
    const { visitor, context, clock, origin, endings } = await openDemo({ env: { AUDIENCE } });
    await context.clock.install();
    await visitor.goTo('/demo/sign-up', 'Sign up');
    await visitor.fill({ 'E-mail': ADA, Password: PASSWORD, 'Password again': PASSWORD });
    await visitor.button('Sign up').click();
    await visitor.seePage('Profile');
    await visitor.signOut();
    await visitor.signIn(ADA);
    await eventually(endings).toEqual(['logged_out']);
    expect(audienceOf((await storedSession(visitor.page)).tokens.access_token)).toBe(origin);
    clock.advance({ minutes: 6 });
    await context.clock.fastForward('06:00');
    await visitor.send('Names', { 'First name': 'Augusta' }, 'Save names');
    await visitor.seeMessage('Your names were saved.');
    const { turn, tokens } = await storedSession(visitor.page);
    expect([turn, audienceOf(tokens.access_token)]).toEqual([1, origin]);
  });

  test('the page is opened at another address than the issuer: the tokens are for the issuer all the same', async () => {
    const { visitor, origin, newAccount, tolerate } = await openDemo({ env: { AUDIENCE } });
    tolerate(/./);
    await newAccount();
    const other = origin.replace('localhost', '127.0.0.1');
    expect(other).not.toBe(origin);
    await visitor.page.goto(`${other}/demo/sign-in`);
    await visitor.seePage('Sign in');
    await visitor.trySignIn(ADA);
    await visitor.seePage('Profile');
    expect(audienceOf((await storedSession(visitor.page)).tokens.access_token)).toBe(origin);
  });
});
