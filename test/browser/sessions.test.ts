// test/browser/sessions.test.ts: the page with all sessions of an account, and what becomes of one that was ended
// elsewhere: whoever sat in front of it is told why.
import { describe, expect, test } from 'vitest';
import { bearer, PASSWORD } from '../harness/api.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { faultsOf } from './accessibility.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, type Demo, NEW_PASSWORD, openDemo } from './demo.ts';
import { storedSession } from './stored.ts';
import { eventually, pathOf } from './visitor.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

async function openSessions() {
  const demo = await openDemo();
  const { api, visitor, newAccount } = demo;
  const { tokens } = await newAccount();
  await api.post('/logout', { refresh_token: tokens.refresh_token });
  const signInWith = async (agent: string) => {
    const parameters = { grant_type: 'password', username: ADA, password: PASSWORD };
    const { body } = await api.form('/token', parameters, { 'User-Agent': agent });
    return body.access_token;
  };
  const others = [await signInWith(FIREFOX), await signInWith(SAFARI)];
  await visitor.signIn(ADA);
  await visitor.link('Sessions').click();
  await visitor.seePage('Sessions');
  const items = visitor.page.getByRole('main').getByRole('listitem');
  const isAlive = async (token: string) => (await api.get('/me', token)).status === 200;
  return { ...demo, others, items, isAlive };
}

type Ending = readonly [how: string, words: string, end: (demo: Demo) => Promise<void>];

const endings: readonly Ending[] = [
  [
    'ended on another device',
    'This session was ended on another device.',
    async ({ api, visitor }) => {
      const { access_token } = await api.signIn(ADA);
      const { sessionId } = await storedSession(visitor.page);
      await api.send('DELETE', `/me/sessions/${sessionId}`, { headers: bearer(access_token) });
    },
  ],
  [
    'the password was changed',
    'You were signed out because your password was changed.',
    async ({ api }) => {
      const { access_token } = await api.signIn(ADA);
      await api.put('/me/password', { current_password: PASSWORD, new_password: NEW_PASSWORD }, access_token);
    },
  ],
  [
    'the password was reset',
    'You were signed out because your password was reset.',
    async ({ api, deliverMails, letters }) => {
      await api.post('/password-reset', { email: ADA });
      await deliverMails();
      const code = codeIn(letterTo(letters, ADA, /^Choose a new password/));
      await api.post('/password-reset/confirm', { code, password: NEW_PASSWORD });
    },
  ],
  [
    'a copied token was used',
    'For your safety you were signed out: your session was used from somewhere else.',
    async ({ api, clock, visitor }) => {
      const { tokens } = await storedSession(visitor.page);
      await api.refresh(tokens.refresh_token);
      clock.advance({ minutes: 6 });
    },
  ],
  ['unused for too long', 'Your session has expired.', async ({ clock }) => clock.advance({ hours: 3 })],
  ['too old', 'Your session has expired.', async ({ clock }) => clock.advance({ hours: 13 })],
  [
    'logged out from everywhere',
    'You are signed out.',
    async ({ api }) => {
      const { access_token } = await api.signIn(ADA);
      await api.post('/logout', { sessions: 'all' }, bearer(access_token));
    },
  ],
  [
    'the account is gone',
    'You were signed out.',
    async ({ api }) => {
      const { access_token } = await api.signIn(ADA);
      await api.del('/me', { password: PASSWORD }, access_token);
    },
  ],
];

async function openSignedIn() {
  const demo = await openDemo();
  await demo.context.clock.install();
  await demo.newAccount();
  await demo.visitor.signIn(ADA);
  return demo;
}

describeInBrowser('demo', () => {
  describe('sessions', () => {
    test('each item says which device it is, since when, when it was last used, and from where', async () => {
      const { items } = await openSessions();
      await eventually(() => items.count()).toBe(3);
      for (const name of [/Firefox/, /Safari|iPhone/, /Chrom/]) {
        const item = items.filter({ hasText: name });
        expect(await item.count(), String(name)).toBe(1);
        expect(await item.locator('time[datetime]').count()).toBe(2);
        expect(await item.innerText()).toContain('127.0.0.1');
      }
      const own = items.filter({ hasText: 'This device' });
      expect(await own.innerText()).toMatch(/Chrom/);
      expect(await own.getByRole('button').count()).toBe(0);
    });

    test('ending one ends that one', async () => {
      const { visitor, items, others, isAlive } = await openSessions();
      await visitor.page.getByRole('button', { name: /^End the session on .*Firefox/ }).click();
      await visitor.seeMessage('The session has ended.');
      await eventually(() => items.count()).toBe(2);
      expect(await Promise.all(others.map(isAlive))).toEqual([false, true]);
      await visitor.seeSignedIn();
    });

    test('ending all others leaves this one, and nothing more to end', async () => {
      const { visitor, items, others, isAlive } = await openSessions();
      await visitor.button('End all other sessions').click();
      await visitor.seeMessage('All other sessions have ended.');
      await eventually(() => items.count()).toBe(1);
      expect(await Promise.all(others.map(isAlive))).toEqual([false, false]);
      await eventually(() => visitor.button('End all other sessions').count()).toBe(0);
      await visitor.page.reload();
      await visitor.seePage('Sessions');
      await visitor.see('This device');
    });

    test('one that is over already is no trouble', async () => {
      const { visitor, api, items, others } = await openSessions();
      for (const token of others) await api.post('/logout', {}, { Authorization: `Bearer ${token}` });
      await visitor.page.getByRole('button', { name: /^End the session on .*Firefox/ }).click();
      await visitor.seeMessage(/./);
      await eventually(() => items.filter({ hasText: 'Firefox' }).count()).toBe(0);
      await visitor.seeSignedIn();
    });
  });

  describe('many sessions', () => {
    /** Three pages of a list: the last one holds one session. */
    async function openPaged() {
      const demo = await openDemo();
      const { visitor, context, newAccount } = demo;
      await newAccount();
      await visitor.signIn(ADA);
      const cursors: (string | null)[] = [];
      const replies: { status: number; json: object; headers?: Record<string, string> }[] = [];
      await context.route(/\/me\/sessions(\?|$)/, async (route) => {
        const cursor = new URL(route.request().url()).searchParams.get('cursor');
        cursors.push(cursor);
        await route.fulfill(replies.shift() ?? { status: 200, json: pageAfter(cursor) });
      });
      await visitor.link('Sessions').click();
      await visitor.seePage('Sessions');
      return { ...demo, cursors, replies, items: visitor.page.getByRole('main').getByRole('listitem') };
    }

    function pageAfter(cursor: string | null): object {
      const page = cursor === null ? 0 : Number(cursor.slice(1));
      const names = page === 2 ? ['Last'] : ['First', 'Second'];
      const at = '2026-03-01T09:00:00.000Z';
      const times = { created_at: at, last_used_at: at, idle_expires_at: at, expires_at: at };
      const common = { client_id: 'first-party', ...times, remembered: false, ip: '127.0.0.1' };
      const sessions = names.map((name, number) => ({
        ...common,
        id: `${page}-${number}`,
        user_agent: `${name}OfPage${page}/1.0`,
        current: page === 0 && number === 1,
      }));
      return { sessions, next_cursor: page === 2 ? null : `p${page + 1}` };
    }

    test('further pages come when they are asked for, and the focus goes to what is new', async () => {
      const { visitor, cursors, items } = await openPaged();
      await eventually(() => items.count()).toBe(2);
      expect(await items.first().innerText()).toMatch(/SecondOfPage0[\s\S]*This device/);
      expect(cursors).toEqual([null]);
      await visitor.button('Show more sessions').click();
      await visitor.seeMessage('2 more sessions.');
      await eventually(() => visitor.hasFocus(items.nth(2))).toBe(true);
      await visitor.button('Show more sessions').click();
      await visitor.seeMessage('1 more session.');
      expect(await items.count()).toBe(5);
      expect(await visitor.button('Show more sessions').count()).toBe(0);
      expect(cursors).toEqual([null, 'p1', 'p2']);
      expect(await faultsOf(visitor.page)).toEqual([]);
    });

    test('too many attempts: said in words, and the next click goes on', async () => {
      const { visitor, replies, items } = await openPaged();
      replies.push({ status: 429, json: { code: 'too_many_requests' }, headers: { 'Retry-After': '45' } });
      await visitor.button('Show more sessions').click();
      await visitor.seeAlert('Too many attempts. Try again in 45 seconds.');
      await visitor.button('Show more sessions').click();
      await eventually(() => items.count()).toBe(4);
      expect(await visitor.page.getByRole('alert').count()).toBe(0);
    });

    test('too many attempts at the page itself: said in words, and it can be tried again', async () => {
      const { visitor, replies } = await openPaged();
      await visitor.link('Home').click();
      replies.push({ status: 429, json: { code: 'too_many_requests' }, headers: { 'Retry-After': '30' } });
      await visitor.link('Sessions').click();
      await visitor.seeAlert('Too many attempts. Try again in 30 seconds.');
      await visitor.seeSignedIn();
      await visitor.button('Try again').click();
      await visitor.seePage('Sessions');
    });
  });

  describe('a session ended elsewhere', () => {
    test.each(endings)('%s: a protected page leads to the sign-in, and says so', async (_, words, end) => {
      const demo = await openSignedIn();
      await end(demo);
      await demo.visitor.link('Sessions').click();
      await demo.visitor.seePage('Sign in');
      await demo.visitor.see(words);
      await demo.visitor.seeSignedOut();
    });

    test('while the start page is open: stays there, and says so', async () => {
      const demo = await openSignedIn();
      const { visitor, context, clock, api } = demo;
      await visitor.link('Home').click();
      await visitor.seePage('Latchkey demo');
      const { access_token } = await api.signIn(ADA);
      await api.post('/logout', { sessions: 'others' }, bearer(access_token));
      clock.advance({ minutes: 6 });
      await context.clock.fastForward('06:00');
      await visitor.seeSignedOut();
      await visitor.seePage('Latchkey demo');
      expect(pathOf(visitor.page)).toBe('/demo');
      await visitor.see(/You (are|were) signed out\./);
    });

    test('while a form is sent: leads to the sign-in, and back to the page', async () => {
      const { visitor, api, endings: ended } = await openSignedIn();
      const { access_token } = await api.signIn(ADA);
      await api.post('/logout', { sessions: 'others' }, bearer(access_token));
      await visitor.send('Names', { 'First name': 'Augusta' }, 'Save names');
      await visitor.seePage('Sign in');
      await visitor.see(/signed out|session was ended/);
      await visitor.trySignIn(ADA);
      await visitor.seePage('Profile');
      await visitor.seeSignedIn();
      expect(await ended()).toHaveLength(2); // that of the sign-up, and that of the page
    });
  });
});
