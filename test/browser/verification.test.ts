// test/browser/verification.test.ts: the page behind the link of a verification mail, for every answer of the service.
import { expect, test } from 'vitest';
import { faultsOf } from './accessibility.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, type Demo, openDemo } from './demo.ts';
import { eventually } from './visitor.ts';

const LINK = '/demo/verify-email#code=abc';
const TITLE = 'Verify your e-mail';
const VERIFIED = 'Your e-mail address is verified.';

interface Reply {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Record<string, string>;
}

/** A service that gives these answers to the codes of mails, one after the other; and what it was sent. */
async function openAnswering(...replies: readonly Reply[]) {
  const demo = await openDemo();
  const sent: { path: string; body: unknown; hasToken: boolean }[] = [];
  const left = [...replies];
  await demo.context.route(/\/(email-verification|password-reset)\/confirm$/, async (route) => {
    const request = route.request();
    const { authorization } = request.headers();
    sent.push({
      path: new URL(request.url()).pathname,
      body: request.postDataJSON(),
      hasToken: authorization !== undefined,
    });
    const { status, code, headers = {} } = left.shift() ?? { status: 500 };
    const problem = { type: 'about:blank', title: 'No.', status, code, request_id: 'r' };
    const contentType = 'application/problem+json';
    await route.fulfill(status === 204 ? { status } : { status, headers, contentType, json: problem });
  });
  return { ...demo, sent };
}

async function signIn({ newAccount, visitor }: Demo): Promise<void> {
  await newAccount();
  await visitor.signIn(ADA);
}

describeInBrowser('demo: the link of a verification mail', () => {
  test.each([
    ['verified now', { status: 204 }],
    ['verified before', { status: 409, code: 'already_verified' }],
  ])('signed in, %s: at once, with the token of the session, and no question', async (_, reply) => {
    const demo = await openAnswering(reply);
    const { visitor, sent } = demo;
    await signIn(demo);
    await visitor.goTo(LINK, TITLE);
    await visitor.seeMessage(VERIFIED);
    expect(sent).toEqual([{ path: '/email-verification/confirm', body: { code: 'abc' }, hasToken: true }]);
    expect(await visitor.page.getByLabel('Password', { exact: true }).count()).toBe(0);
  });

  test.each([
    ['verified now', { status: 204 }],
    ['verified before', { status: 409, code: 'already_verified' }],
  ])('signed out, %s: nothing is sent before the password is', async (_, reply) => {
    const { visitor, sent } = await openAnswering(reply);
    await visitor.goTo(LINK, TITLE);
    await visitor.button('Verify').waitFor();
    expect(sent).toEqual([]);
    await visitor.button('Verify').click();
    await visitor.seeErrorBeside('Password', /Fill this in\./);
    await visitor.fill({ Password: 'p' });
    await visitor.button('Verify').dblclick();
    await visitor.seeMessage(VERIFIED);
    const body = { code: 'abc', password: 'p' };
    expect(sent).toEqual([{ path: '/email-verification/confirm', body, hasToken: false }]);
    await eventually(() => visitor.hasFocus(visitor.page.getByRole('main').getByRole('link'))).toBe(true);
  });

  test('another account is signed in: it says so, and asks for the password', async () => {
    const demo = await openAnswering(
      { status: 403, code: 'proof_required' },
      { status: 400, code: 'password_wrong' },
      { status: 204 },
    );
    const { visitor, sent } = demo;
    await signIn(demo);
    await visitor.goTo(LINK, TITLE);
    await visitor.see(`You are signed in as ${ADA}`);
    await visitor.fill({ Password: 'p' });
    await visitor.button('Verify').click();
    await visitor.seeErrorBeside('Password', /The password is wrong\./);
    await visitor.button('Verify').click();
    await visitor.seeMessage(VERIFIED);
    expect(sent.map(({ body }) => body)).toEqual([
      { code: 'abc' },
      { code: 'abc', password: 'p' },
      { code: 'abc', password: 'p' },
    ]);
    await visitor.seeSignedIn();
  });

  test('too many attempts: says for how long, and the form can be sent again', async () => {
    const { visitor } = await openAnswering(
      { status: 429, code: 'too_many_requests', headers: { 'Retry-After': '45' } },
      { status: 204 },
    );
    await visitor.goTo(LINK, TITLE);
    await visitor.fill({ Password: 'p' });
    await visitor.button('Verify').click();
    await visitor.seeAlert('Too many attempts. Try again in 45 seconds.');
    await visitor.button('Verify').click();
    await visitor.seeMessage(VERIFIED);
  });

  test('signed in, and the service is away: it can be tried again', async () => {
    const demo = await openAnswering({ status: 503, code: 'overloaded' }, { status: 204 });
    const { visitor } = demo;
    await signIn(demo);
    await visitor.page.goto(LINK);
    await visitor.button('Try again').click();
    await visitor.seePage(TITLE);
    await visitor.seeMessage(VERIFIED);
  });

  test('a new password instead: set with the same code, and the sign-in follows', async () => {
    const { visitor, sent } = await openAnswering({ status: 204 });
    await visitor.goTo(LINK, TITLE);
    await visitor.button('Set a new password instead').click();
    await visitor.seeFocusOn('New password');
    await visitor.fill({ 'New password': 'a new battery', 'New password again': 'a new battery' });
    await visitor.button('Set the password').click();
    await visitor.seePage('Sign in');
    await visitor.seeMessage('Your password was set. Sign in with it.');
    const body = { code: 'abc', password: 'a new battery' };
    expect(sent).toEqual([{ path: '/password-reset/confirm', body, hasToken: false }]);
  });

  test('axe finds nothing in any of its states', async () => {
    const demo = await openAnswering(
      { status: 400, code: 'password_wrong' },
      { status: 400, code: 'code_invalid' },
      { status: 403, code: 'proof_required' },
      { status: 400, code: 'code_invalid' },
      { status: 204 },
    );
    const { visitor } = demo;
    const check = async (state: string) => expect(await faultsOf(visitor.page), state).toEqual([]);
    await visitor.goTo(LINK, TITLE);
    await visitor.fill({ Password: 'p' });
    await visitor.button('Verify').click();
    await visitor.seeErrorBeside('Password', /./);
    await check('a wrong password');
    await visitor.button('Set a new password instead').click();
    await check('a new password');
    await visitor.fill({ 'New password': 'a new battery', 'New password again': 'a new battery' });
    await visitor.button('Set the password').click();
    await visitor.seeAlert('This link cannot set a password. Ask for a mail to reset it.');
    await check('no password by this link');
    await signIn(demo);
    for (const [state, text] of [
      ['another account', /You are signed in as/],
      ['an old link', /This link is not valid any more/],
      ['verified', VERIFIED],
    ] as const) {
      await visitor.page.goto('about:blank');
      await visitor.goTo(LINK, TITLE);
      await visitor.see(text);
      await check(state);
    }
  });
});
