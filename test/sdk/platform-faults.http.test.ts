// A browser that refuses storage, locks, channels, events or timers: the session goes on in memory, and nothing waits long.
import { describe, expect, test } from 'vitest';
import { LatchkeyError } from '../../sdk/src/errors.ts';
import type { Session } from '../../sdk/src/session.ts';
import { PASSWORD } from '../harness/api.ts';
import { createStorage, type MemoryStorage } from './browser.ts';
import { faults, refuse } from './faulty-platform.ts';
import { startWorld, type World } from './world.ts';

/** Nothing may wait longer for the platform, in milliseconds. */
const LONGEST = 10_000;

const email = 'ada@example.com';

/** Each with what it has to come to. */
const operations = (session: Session, issuer: string) => ({
  signUp: async () => (await session.signUp({ email, password: PASSWORD }))?.email === email,
  signIn: async () => (await session.signIn({ username: email, password: PASSWORD })) === undefined,
  accessToken: async () => (await session.accessToken()) !== null,
  currentUser: async () => (await session.currentUser())?.email === email,
  fetch: async () => (await session.fetch(`${issuer}/me`)).status === 200,
  signOut: async () => (await session.signOut()) && (await session.accessToken()) === null,
});

type Operation = keyof ReturnType<typeof operations>;

/** Two refreshes, and all the ways in and out. */
const story: readonly (Operation | 'an hour')[] = [
  ...(['signUp', 'accessToken', 'currentUser', 'fetch', 'an hour'] as const),
  ...(['accessToken', 'currentUser', 'an hour', 'fetch', 'currentUser', 'signOut'] as const),
  ...(['signIn', 'an hour', 'accessToken', 'fetch', 'signIn', 'currentUser', 'signOut'] as const),
];

interface Act {
  readonly world: World;
  readonly session: Session;
}

async function play({ world, session }: Act, name: Operation | 'an hour'): Promise<string> {
  const { time, issuer } = world;
  if (name === 'an hour') return time.pass(3600).then(() => 'passed');
  const before = time.now();
  const isGood = await time.spend(operations(session, issuer)[name]().catch(describeError));
  const waited = time.now() - before;
  return isGood === true && waited <= LONGEST ? 'good' : `${isGood} after ${waited} ms`;
}

const describeError = (error: unknown) => (error instanceof LatchkeyError ? error.code : String(error));

describe.each(Object.entries(faults))('%s', (_, fault) => {
  test.each([
    ['from the start', 0],
    ['once signed in', 1],
    ['after a refresh', 6],
  ])('%s: every operation has its outcome in time', async (_when, first) => {
    const world = await startWorld({ env: { REFRESH_GRACE: '0' } });
    const { options, begin } = fault(world.time);
    const { session, news, page } = world.browser.openTab(options);
    page.visible = false;
    const outcomes: string[] = [];
    for (const [at, name] of story.entries()) {
      if (at === first) begin();
      outcomes.push(`${name}: ${await play({ world, session }, name)}`);
    }
    const expected = story.map((name) => `${name}: ${name === 'an hour' ? 'passed' : 'good'}`);
    expect(outcomes).toEqual(expected);
    expect(news.filter((told) => told.startsWith('signed-out'))).toEqual(Array(2).fill('signed-out: logged_out'));
    expect(() => session.close()).not.toThrow();
  });
});

test('timers: refused: those of the page are used, and every operation has its outcome', async () => {
  const { time, browser, issuer } = await startWorld({ env: { REFRESH_GRACE: '0' } });
  const { session, page } = browser.openTab({ after: refuse('SecurityError') });
  page.visible = false;
  for (const name of story) {
    if (name === 'an hour') time.clock.advance({ hours: 1 });
    else expect(await operations(session, issuer)[name](), name).toBe(true);
  }
  session.close();
});

test('a device without randomness: a LatchkeyError, and the session stays', async () => {
  const { time, browser, signedIn, issuer } = await startWorld();
  (await signedIn()).kill();
  let isBroken = true;
  const newKey = () => {
    if (isBroken) throw new TypeError('crypto is not defined');
    return 'a-key-of-its-own';
  };
  const { session, news, page } = browser.openTab({ newKey });
  page.visible = false;
  await time.pass(3600);
  const { accessToken, currentUser } = session;
  const calls: (() => Promise<unknown>)[] = [accessToken, currentUser, () => session.fetch(`${issuer}/me`)];
  for (const call of calls)
    await expect(time.spend(call())).rejects.toMatchObject({ name: 'LatchkeyError', status: 0, code: 'platform' });
  isBroken = false;
  expect(await time.spend(session.accessToken())).not.toBe(null);
  expect(news).toEqual(['refreshed']);
});

describe('a disk that fills up', () => {
  /** What is smaller than before still fits. */
  function fillUp(storage: MemoryStorage): void {
    const { setItem } = storage;
    storage.setItem = (key, value) => {
      if (value.length > (storage.getItem(key) ?? '').length) refuse('QuotaExceededError')();
      setItem(key, value);
    };
  }

  test('all tabs go on, a new one starts signed out, and no old token is used', async () => {
    const { time, browser, signedIn, sessions, sent } = await startWorld({ env: { REFRESH_GRACE: '0' } });
    const tabs = [await signedIn(), browser.openTab(), browser.openTab()];
    const [stored = '{}'] = [...browser.localStorage.items.values()].filter((text) => text.includes('lkr_'));
    for (const { page } of tabs) page.visible = false;
    await time.calm();
    fillUp(browser.localStorage);
    for (let hour = 0; hour < 3; hour += 1) {
      await time.pass(3600);
      const tokens = await time.spend(Promise.all(tabs.map(({ session }) => session.accessToken())));
      expect(tokens).toEqual(Array(3).fill(expect.any(String)));
    }
    expect(JSON.stringify([...browser.localStorage.items])).not.toContain('lkr_');
    const late = browser.openTab();
    sent.length = 0;
    expect(await time.spend(late.session.currentUser())).toBe(null);
    expect(sent).toEqual([]);
    expect(tabs.map(({ news }) => news.filter((told) => told !== 'refreshed'))).toEqual([[], [], []]);
    expect(await sessions.find(JSON.parse(stored).sessionId)).toMatchObject({ endedAt: null });
  });

  test('and has room again: what was in memory is stored, and survives a reload', async () => {
    const { time, browser, signedIn } = await startWorld({ env: { REFRESH_GRACE: '0' } });
    const tab = await signedIn();
    tab.page.visible = false;
    const { setItem } = browser.localStorage;
    fillUp(browser.localStorage);
    await time.pass(3600);
    await time.spend(tab.session.accessToken());
    browser.localStorage.setItem = setItem;
    await time.pass(3600);
    await time.spend(tab.session.accessToken());
    tab.kill();
    expect(await time.spend(browser.openTab().session.currentUser())).toMatchObject({ email });
  });
});

test('a storage that answers late: the session of before is there when it does', async () => {
  const { time, browser, signedIn } = await startWorld();
  (await signedIn()).kill();
  const { getItem } = browser.localStorage;
  const storage = {
    ...browser.localStorage,
    getItem: (key: string) =>
      new Promise<string | null>((resolve) => void time.after(4_000, () => resolve(getItem(key)))),
  };
  const { session, news } = browser.openTab({ storage });
  expect(await time.spend(session.accessToken())).toBe(null);
  await time.pass(5);
  expect(await time.spend(session.currentUser())).toMatchObject({ email });
  expect(news).toEqual(['signed-in']);
});

test('a tab does not wait for the lock of a slow one: it sends the same key', async () => {
  const { time, browser, signedIn, faults: ways, sent, sessions } = await startWorld({ env: { REFRESH_GRACE: '0' } });
  const slow = await signedIn(false);
  const copy = browser.openTab({ sessionStorage: createStorage(new Map(slow.sessionStorage.items)) });
  slow.page.visible = copy.page.visible = false;
  await time.pass(600);
  ways.push(async ({ signal }, forward) => {
    await forward();
    return new Promise((_, refuse) => signal.addEventListener('abort', () => refuse(signal.reason)));
  });
  const asked = slow.session.accessToken();
  await time.pass(1);
  const before = time.now();
  expect(await time.spend(copy.session.accessToken())).not.toBe(null);
  expect(time.now() - before).toBeLessThanOrEqual(LONGEST);
  expect(await time.spend(asked)).toBe(await time.spend(copy.session.accessToken()));
  expect(new Set(sent.flatMap(({ key }) => key ?? [])).size).toBe(1);
  const [stored = '{}'] = [...slow.sessionStorage.items.values()];
  expect(await sessions.find(JSON.parse(stored).sessionId)).toMatchObject({ endedAt: null });
});
