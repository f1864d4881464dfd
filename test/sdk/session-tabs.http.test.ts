// Several tabs of one browser: they act as one.
import { describe, expect, test } from 'vitest';
import type { StorageChange } from '../../sdk/src/platform.ts';
import { PASSWORD } from '../harness/api.ts';
import { createStorage } from './browser.ts';
import { lostRequest, startWorld } from './world.ts';

const ada = { username: 'ada@example.com', password: PASSWORD, rememberMe: true };

describe.each(['locks', 'lease'] as const)('with %s', (mutex) => {
  test('five tabs at once: one refresh, one token, and all are told', async () => {
    const { time, browser, signedIn, refreshes } = await startWorld({ mutex });
    const tabs = [await signedIn(), ...Array.from({ length: 4 }, () => browser.openTab())];
    for (const { page } of tabs) page.visible = false;
    await time.pass(600);
    const tokens = await time.spend(Promise.all(tabs.map(({ session }) => session.accessToken())));
    await time.calm();
    expect([new Set(tokens).size, refreshes()]).toEqual([1, 1]);
    expect(tabs.map(({ news }) => news)).toEqual(Array(5).fill(['refreshed']));
  });

  test('a tab that crashes in its turn: another one has its turn soon', async () => {
    const { time, browser, signedIn, faults, refreshes } = await startWorld({ mutex });
    const tab = await signedIn();
    const other = browser.openTab();
    tab.page.visible = other.page.visible = false;
    await time.pass(600);
    faults.push(() => new Promise(() => {}));
    void tab.session.accessToken();
    await time.pass(1);
    tab.kill();
    const before = time.now();
    expect(await time.spend(other.session.accessToken())).not.toBe(null);
    expect(time.now() - before).toBeLessThan(15_000);
    expect(refreshes()).toBe(2);
  });
});

test('sign-in and sign-out in one tab reach the others', async () => {
  const { time, browser, signedIn } = await startWorld();
  const tab = await signedIn();
  const other = browser.openTab();
  await time.calm();
  await time.spend(other.session.signOut());
  await time.calm();
  await time.spend(tab.session.signIn(ada));
  await time.calm();
  expect(tab.news).toEqual(['signed-out: logged_out', 'signed-in']);
  expect(other.news).toEqual(['signed-out: logged_out', 'signed-in']);
  expect(await time.spend(other.session.accessToken())).toBe(await time.spend(tab.session.accessToken()));
});

test('a sign-out during a refresh stays one', async () => {
  const { time, browser, signedIn, faults } = await startWorld();
  const tab = await signedIn();
  tab.page.visible = false;
  await time.pass(600);
  const other = browser.openTab();
  faults.push(async (_, forward) => {
    const response = await forward();
    await other.session.signOut();
    return response;
  });
  expect(await time.spend(tab.session.accessToken())).toBe(null);
  expect(tab.news).toEqual(['signed-out: logged_out']);
});

test('a sign-out without a network: over here at once, there at the next start', async () => {
  const { time, browser, signedIn, faults, sessions } = await startWorld();
  const tab = await signedIn();
  const [, stored] = [...browser.localStorage.items].find(([, text]) => text.includes('tokens')) ?? ['', '{}'];
  faults.push(lostRequest, lostRequest, lostRequest, lostRequest);
  expect(await time.spend(tab.session.signOut())).toBe(false);
  expect(await time.spend(tab.session.accessToken())).toBe(null);
  const { sessionId } = JSON.parse(stored);
  expect(await sessions.find(sessionId)).toMatchObject({ endedAt: null });
  browser.openTab();
  await time.pass(1);
  expect(await sessions.find(sessionId)).toMatchObject({ endReason: 'logged_out' });
  expect(JSON.stringify([...browser.localStorage.items])).not.toContain('lkr_');
});

test('a duplicated tab, with a copy of the storage of its own, follows too, even if it slept', async () => {
  const { time, browser, signedIn } = await startWorld({ env: { REFRESH_GRACE: '0' } });
  const tab = await signedIn(false);
  const asleep = createStorage(new Map(tab.sessionStorage.items));
  const copy = browser.openTab({ sessionStorage: createStorage(new Map(tab.sessionStorage.items)) });
  await time.pass(HOUR);
  const woken = browser.openTab({ sessionStorage: asleep });
  await time.pass(HOUR);
  const tokens = [tab, copy, woken].map(({ session }) => session.accessToken());
  expect(new Set(await time.spend(Promise.all(tokens))).size).toBe(1);
  await time.spend(copy.session.signOut());
  await time.calm();
  expect(await time.spend(Promise.all([tab, woken].map(({ session }) => session.accessToken())))).toEqual([null, null]);
});

describe('storage events', () => {
  async function watched() {
    const world = await startWorld();
    const storage = createStorage();
    const listeners = new Set<(change: StorageChange) => void>();
    const tab = world.browser.openTab({
      storage,
      onStorage(run) {
        listeners.add(run);
        return () => listeners.delete(run);
      },
    });
    await world.time.spend(tab.session.signUp({ email: ada.username, password: PASSWORD }));
    tab.news.length = 0;
    const [key = '', text = '{}'] = [...storage.items].find(([, value]) => value.includes('lkr_')) ?? [];
    const { sessionId } = JSON.parse(text);

    /** As if another tab had done that. */
    async function store(change: Partial<StorageChange>): Promise<void> {
      for (const run of listeners) run({ key, newValue: null, storageArea: storage, ...change });
      await world.time.calm();
    }
    return { ...tab, storage, key, store, listeners, newValue: JSON.stringify({ sessionId, ended: 'logged_out' }) };
  }

  test('of another key, or in another storage: nothing happens', async () => {
    const { store, key, news, newValue } = await watched();
    for (const other of ['', 'theme', `${key} lease`, `${key}2`, 'latchkey https://other.example undefined'])
      await store({ key: other, newValue });
    await store({ storageArea: createStorage(), newValue });
    await store({ storageArea: null, newValue });
    expect(news).toEqual([]);
  });

  test('of its own key: the session is over', async () => {
    const { store, news, newValue } = await watched();
    await store({ newValue });
    expect(news).toEqual(['signed-out: logged_out']);
  });

  test.each([
    ['its key is gone', {}],
    ['everything was cleared', { key: null }],
  ])('%s: the session is over', async (_, change) => {
    const { store, storage, news } = await watched();
    storage.items.clear();
    await store(change);
    expect(news).toEqual(['signed-out: storage_cleared']);
  });

  test('a closed session does not listen', async () => {
    const { session, listeners } = await watched();
    session.close();
    expect(listeners.size).toBe(0);
  });
});

test('a listener that was taken off hears nothing; a closed session does nothing by itself', async () => {
  const { time, signedIn, refreshes } = await startWorld();
  const { session } = await signedIn();
  let heard = 0;
  const off = session.on('refreshed', () => {
    heard += 1;
  });
  await time.pass(290); // refreshes come 150 to 270 seconds after each other
  expect([heard, refreshes()]).toEqual([1, 1]);
  off();
  await time.pass(300);
  expect(heard).toBe(1);
  const until = refreshes();
  expect(until).toBeGreaterThan(1);
  session.close();
  await time.pass(HOUR);
  expect(refreshes()).toBe(until);
});

test('a storage that was cleared: signed out, and garbage in it is nothing', async () => {
  const { time, browser, signedIn } = await startWorld();
  const { session, news } = await signedIn();
  const [name = ''] = [...browser.localStorage.items.keys()];
  browser.localStorage.setItem(name, '{"sessionId":1,"tokens":{}}');
  expect(await time.spend(session.accessToken())).toBe(null);
  expect(news).toEqual(['signed-out: storage_cleared']);
});

const HOUR = 3600;
