// A change of the password gives the session new tokens: every tab goes on with them, and none with an old one.
import { describe, expect, test } from 'vitest';
import { createClient } from '../../sdk/src/client.ts';
import { PASSWORD } from '../harness/api.ts';
import { createStorage, type MemoryStorage, type Tab } from './browser.ts';
import { hang } from './faulty-platform.ts';
import { lostAnswer, startWorld, type World } from './world.ts';

const HOUR = 3600;
const NEW_PASSWORD = 'another horse battery';
const passwords = { current_password: PASSWORD, new_password: NEW_PASSWORD };

function storedIn(storage: MemoryStorage) {
  const [text = '{}'] = [...storage.items.values()].filter((value) => value.includes('lkr_'));
  return JSON.parse(text);
}

async function startSignedIn({ rememberMe = true, mutex = 'locks' as 'locks' | 'lease' } = {}) {
  const world = await startWorld({ mutex, env: { REFRESH_GRACE: '0' } });
  const tab = await world.signedIn(rememberMe);
  const storage = rememberMe ? world.browser.localStorage : tab.sessionStorage;
  return { ...world, tab, storage };
}

/** For some hours, with refreshes; nobody is told of an end. */
async function expectToGoOn({ time }: World, tabs: readonly Tab[]): Promise<void> {
  for (const { page } of tabs) page.visible = false; // refreshes come when they are asked for, and are few
  for (let hour = 0; hour < 3; hour += 1) {
    await time.pass(HOUR);
    const tokens = await time.spend(Promise.all(tabs.map(({ session }) => session.accessToken())));
    expect(tokens).toEqual(tabs.map(() => expect.any(String)));
  }
  expect(tabs.flatMap(({ news }) => news).filter((told) => told !== 'refreshed')).toEqual([]);
}

describe('change of the password', () => {
  test('this session goes on with the new tokens, another one has ended', async () => {
    const world = await startSignedIn();
    const { time, api, tab, storage } = world;
    const elsewhere = await api.signIn('ada@example.com');
    const before = storedIn(storage);
    await time.spend(tab.session.changePassword(passwords));
    expect(storedIn(storage)).toMatchObject({ sessionId: before.sessionId });
    expect(storedIn(storage).tokens.refresh_token).not.toBe(before.tokens.refresh_token);
    expect(tab.news).toEqual(['refreshed']);
    expect((await api.get('/me', elsewhere.access_token)).status).toBe(401);
    await expectToGoOn(world, [tab]);
    await api.signIn('ada@example.com', { password: NEW_PASSWORD });
  });

  test.each(['locks', 'lease'] as const)(
    'with %s: all tabs go on, though all want to refresh at once',
    async (mutex) => {
      const world = await startSignedIn({ mutex });
      const { time, browser, tab } = world;
      const tabs = [tab, ...Array.from({ length: 4 }, () => browser.openTab())];
      for (const { page } of tabs) page.visible = false;
      await time.pass(HOUR);
      const asked = tabs.map(({ session }) => session.accessToken());
      await time.spend(Promise.all([...asked, tabs[2]?.session.changePassword(passwords)]));
      await expectToGoOn(world, tabs);
    },
  );

  test('a duplicated tab, which has a storage of its own, goes on', async () => {
    const world = await startSignedIn({ rememberMe: false });
    const { time, browser, tab } = world;
    const copy = browser.openTab({ sessionStorage: createStorage(new Map(tab.sessionStorage.items)) });
    const asleep = createStorage(new Map(tab.sessionStorage.items));
    await time.calm();
    await time.spend(tab.session.changePassword(passwords));
    await time.calm();
    await expectToGoOn(world, [tab, copy, browser.openTab({ sessionStorage: asleep })]);
  });

  test.each<[string, (tab: Tab, issuer: string) => Promise<{ status: number }>]>([
    [
      'the typed client',
      async ({ session }, baseUrl) => {
        const client = createClient({ baseUrl, fetch: session.fetch });
        return (await client.PUT('/me/password', { body: passwords })).response;
      },
    ],
    [
      'fetch',
      ({ session }, issuer) => {
        const headers = { 'Content-Type': 'application/json' };
        return session.fetch(`${issuer}/me/password`, { method: 'PUT', headers, body: JSON.stringify(passwords) });
      },
    ],
  ])('by %s: the tokens of the answer are taken over too', async (_, change) => {
    const world = await startSignedIn();
    const { time, tab, issuer, storage } = world;
    const { refresh_token } = storedIn(storage).tokens;
    expect((await time.spend(change(tab, issuer))).status).toBe(200);
    expect(storedIn(storage).tokens.refresh_token).not.toBe(refresh_token);
    await expectToGoOn(world, [tab]);
  });

  test('a wrong password: said, and nothing has changed', async () => {
    const world = await startSignedIn();
    const { time, tab, storage } = world;
    const before = storedIn(storage);
    const attempt = tab.session.changePassword({ ...passwords, current_password: 'a wrong password' });
    await expect(time.spend(attempt)).rejects.toMatchObject({ status: 400, code: 'password_wrong' });
    expect(storedIn(storage)).toEqual(before);
    await expectToGoOn(world, [tab]);
  });

  test('a dead access token: one refresh, and the change', async () => {
    const world = await startSignedIn();
    const { time, tab, faults, refreshes } = world;
    faults.push(async () => Response.json({}, { status: 401 }));
    await time.spend(tab.session.changePassword(passwords));
    expect(refreshes()).toBe(1);
    await expectToGoOn(world, [tab]);
  });

  test('nobody is signed in: refused by the service', async () => {
    const { time, browser } = await startWorld();
    const attempt = browser.openTab().session.changePassword(passwords);
    await expect(time.spend(attempt)).rejects.toMatchObject({ status: 401, code: 'token_missing' });
  });

  test('the answer is lost: the error is said, and the session here stays until it is refused', async () => {
    const { time, tab, faults, storage } = await startSignedIn();
    const before = storedIn(storage);
    faults.push(lostAnswer);
    await expect(time.spend(tab.session.changePassword(passwords))).rejects.toMatchObject({ code: 'network' });
    expect(storedIn(storage)).toEqual(before);
    expect(tab.news).toEqual([]);
  });

  test('a tab that did not wait is told that its token is from before: the session goes on all the same', async () => {
    const world = await startSignedIn();
    const { time, browser, tab, faults, storage } = world;
    const hasty = browser.openTab({ locks: { request: hang } });
    tab.page.visible = hasty.page.visible = false;
    await time.calm();
    const { access_token } = storedIn(storage).tokens;
    faults.push(async (_, forward) => {
      const answer = await forward();
      await time.spend(hasty.session.accessToken(access_token));
      return answer;
    });
    const refused = { error: 'invalid_grant', error_description: 'No.', reason: 'password_changed' };
    faults.push(async () => Response.json(refused, { status: 400 }));
    await tab.session.changePassword(passwords);
    await time.calm();
    expect(hasty.news).toEqual(['signed-out: password_changed', 'signed-in']);
    expect(tab.news).toEqual(expect.arrayContaining(['signed-in']));
    tab.news.length = hasty.news.length = 0;
    await expectToGoOn(world, [tab, hasty]);
  });

  test('a duplicated tab that is told so ends for itself only', async () => {
    const world = await startSignedIn({ rememberMe: false });
    const { time, browser, tab, faults } = world;
    const copy = browser.openTab({
      sessionStorage: createStorage(new Map(tab.sessionStorage.items)),
      onStorage: () => () => {},
    });
    copy.page.visible = tab.page.visible = false;
    await time.pass(600);
    const refused = { error: 'invalid_grant', error_description: 'No.', reason: 'password_changed' };
    faults.push(async () => Response.json(refused, { status: 400 }));
    expect(await time.spend(copy.session.accessToken())).toBe(null);
    await time.calm();
    expect(tab.news).toEqual([]);
    await expectToGoOn(world, [tab]);
  });
});

test.each([
  ['another method', 'POST', '/me/password'],
  ['another path', 'PUT', '/me/email'],
])('tokens in an answer to %s are not taken over', async (_, method, path) => {
  const { time, tab, faults, storage, issuer } = await startSignedIn();
  const before = storedIn(storage);
  const tokens = { ...before.tokens, session_id: before.sessionId, refresh_token: 'lkr_other' };
  faults.push(async () => Response.json(tokens));
  await time.spend(tab.session.fetch(`${issuer}${path}`, { method, body: '{}' }));
  expect(storedIn(storage)).toEqual(before);
});
