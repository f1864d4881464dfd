// One tab: signing up, in and out, and where the session is kept.
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { LatchkeyError } from '../../sdk/src/errors.ts';
import { bearer, PASSWORD } from '../harness/api.ts';
import { createStorage } from './browser.ts';
import { startWorld } from './world.ts';

const ada = { username: 'ada@example.com', password: PASSWORD };

describe('in', () => {
  test('sign-up: the user is there, signed in, and told of once', async () => {
    const { time, browser } = await startWorld();
    const { session, news } = browser.openTab();
    const user = await time.spend(session.signUp({ email: 'ada@example.com', password: PASSWORD, given_name: 'Ada' }));
    expect(user).toMatchObject({ email: 'ada@example.com', given_name: 'Ada' });
    expect(await time.spend(session.currentUser())).toEqual(expect.objectContaining({ id: user?.id }));
    expect(news).toEqual(['signed-in']);
  });

  test('sign-up: what is wrong with the form comes with pointers', async () => {
    const { time, browser } = await startWorld();
    const { session } = browser.openTab();
    const error = await time.spend(session.signUp({ email: 'ada', password: 'x' }).catch((thrown: unknown) => thrown));
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(error).toHaveProperty('errors', [
      expect.objectContaining({ pointer: '/email' }),
      expect.objectContaining({ pointer: '/password' }),
    ]);
  });

  test('sign-up: without a word about the address where the service keeps it to itself', async () => {
    const { time, browser } = await startWorld({
      env: { SIGNUP_DISCLOSURE: 'strict', EMAIL_VERIFICATION: 'required' },
    });
    const { session } = browser.openTab();
    expect(await time.spend(session.signUp({ email: 'ada@example.com', password: PASSWORD }))).toBe(null);
    expect(await time.spend(session.accessToken())).toBe(null);
  });

  test('sign-in: wrong credentials are said once and nothing is stored', async () => {
    const { time, browser, sent } = await startWorld();
    const { session, news } = browser.openTab();
    const attempt = session.signIn({ username: 'ada@example.com', password: 'a wrong password' });
    await expect(time.spend(attempt)).rejects.toMatchObject({ status: 400, code: 'invalid_grant', reason: null });
    expect(sent).toHaveLength(1);
    expect(news).toEqual([]);
    expect(await time.spend(session.accessToken())).toBe(null);
  });

  test('sign-in: over another session, which is ended at the service too', async () => {
    const { time, api, signedIn } = await startWorld();
    const { session } = await signedIn();
    const before = (await time.spend(session.accessToken())) ?? '';
    await time.spend(session.signIn(ada));
    await time.calm();
    expect((await api.get('/me', before)).status).toBe(401);
    expect(await time.spend(session.currentUser())).toMatchObject({ email: 'ada@example.com' });
  });

  test('current user: nobody, without a request', async () => {
    const { time, browser, sent } = await startWorld();
    expect(await time.spend(browser.openTab().session.currentUser())).toBe(null);
    expect(sent).toEqual([]);
  });

  test('current user: after a reload, with one request however many ask', async () => {
    const { time, browser, sent, signedIn } = await startWorld();
    (await signedIn()).kill();
    const { session, news } = browser.openTab();
    const users = await time.spend(Promise.all([session.currentUser(), session.currentUser()]));
    expect(users).toEqual([expect.objectContaining({ email: 'ada@example.com' }), users[0]]);
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/me']);
    expect(news).toEqual([]);
  });
});

describe('remember me', () => {
  test('checked: the next tab is signed in; unchecked: it is not, but a reload is', async () => {
    const { time, browser, signedIn } = await startWorld();
    const tab = await signedIn(false);
    expect(await time.spend(browser.openTab().session.accessToken())).toBe(null);
    tab.kill();
    const reloaded = browser.openTab({ sessionStorage: tab.sessionStorage });
    expect(await time.spend(reloaded.session.accessToken())).not.toBe(null);
    await time.spend(reloaded.session.signIn({ ...ada, rememberMe: true }));
    expect(await time.spend(browser.openTab().session.accessToken())).not.toBe(null);
  });

  test('a storage that answers with promises will do', async () => {
    const { time, browser } = await startWorld();
    const memory = createStorage();
    const storage = {
      getItem: async (key: string) => memory.getItem(key),
      setItem: async (key: string, value: string) => memory.setItem(key, value),
      removeItem: async (key: string) => memory.removeItem(key),
    };
    await time.spend(browser.openTab({ storage }).session.signUp({ email: 'ada@example.com', password: PASSWORD }));
    await time.pass(3600);
    const { session } = browser.openTab({ storage });
    expect(await time.spend(session.currentUser())).toMatchObject({ email: 'ada@example.com' });
  });
});

describe('out', () => {
  test('sign-out: the session is over here and there, also when the access token is dead', async () => {
    const { time, sent, signedIn, sessions, api } = await startWorld();
    const { session, news, page } = await signedIn();
    page.visible = false;
    const { sid } = decodeJwt((await time.spend(session.accessToken())) ?? '');
    await time.pass(3000);
    sent.length = 0;
    expect(await time.spend(session.signOut())).toBe(true);
    expect(sent.map(({ url, authorization }) => [url, authorization])).toEqual([[`${api.baseUrl}/logout`, null]]);
    expect(news).toEqual(['signed-out: logged_out']);
    expect(await time.spend(session.accessToken())).toBe(null);
    expect(await sessions.find(String(sid))).toMatchObject({ endReason: 'logged_out' });
  });

  test('sign-out of the others: this one goes on', async () => {
    const { time, api, signedIn } = await startWorld();
    const { session, news } = await signedIn();
    const elsewhere = await api.signIn('ada@example.com');
    expect(await time.spend(session.signOut({ sessions: 'others' }))).toBe(true);
    expect((await api.get('/me', elsewhere.access_token)).status).toBe(401);
    expect(await time.spend(session.currentUser())).not.toBe(null);
    expect(news).toEqual([]);
  });

  test('a session that was ended elsewhere: signed out, with the reason', async () => {
    const { time, api, signedIn } = await startWorld();
    const { session, news } = await signedIn();
    const { sid } = decodeJwt((await time.spend(session.accessToken())) ?? '');
    const elsewhere = await api.signIn('ada@example.com');
    await api.send('DELETE', `/me/sessions/${sid}`, { headers: bearer(elsewhere.access_token) });
    expect(await time.spend(session.currentUser())).toBe(null);
    expect(news).toEqual(['signed-out: ended_by_user']);
  });
});
