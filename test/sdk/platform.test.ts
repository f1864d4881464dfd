// What a session asks of the outside world, as it is found here.
import { expect, onTestFinished, test, vi } from 'vitest';
import { createPlatform, createStopwatch } from '../../sdk/src/platform.ts';
import { createSession } from '../../sdk/src/session.ts';
import { createStorage } from './browser.ts';
import { hang } from './faulty-platform.ts';

const HOUR = 3_600_000;
/** Readings of two clocks are not of the very same moment. */
const NEARLY = HOUR - 1000;

test('stopwatch: it counts the sleep of the device, and is not set back with the clock', () => {
  let wall = 0;
  const elapsed = createStopwatch(() => wall);
  const start = elapsed();
  wall += HOUR;
  expect(elapsed() - start).toBeGreaterThan(NEARLY);
  wall -= 24 * HOUR;
  const before = elapsed();
  expect(before - start).toBeGreaterThan(NEARLY);
  wall += HOUR;
  expect(elapsed() - before).toBeGreaterThan(NEARLY);
});

test('platform: without a storage there is one for as long as the page is open', () => {
  const { sessionStorage } = createPlatform();
  sessionStorage.setItem('name', 'value');
  expect(sessionStorage.getItem('name')).toBe('value');
  sessionStorage.removeItem('name');
  expect(sessionStorage.getItem('name')).toBe(null);
});

test('platform: a channel carries news to others of its name, and is silent when it is closed', async () => {
  const { openChannel } = createPlatform();
  const one = openChannel('platform test', () => {});
  const heard = new Promise((resolve) => {
    const other = openChannel('platform test', (message) => {
      other.close();
      resolve(message);
    });
  });
  one.post({ sessionId: '1', ended: 'logged_out' });
  expect(await heard).toEqual({ sessionId: '1', ended: 'logged_out' });
  one.close();
  expect(() => one.post(null)).not.toThrow();
});

test('platform: keys are long, different, and fit for a header', () => {
  const { newKey } = createPlatform();
  const keys = Array.from({ length: 100 }, newKey);
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[\d-]{31,63}$/);
});

test('platform: what another tab has stored is heard of, until that is stopped', () => {
  const host = new EventTarget();
  vi.stubGlobal('addEventListener', host.addEventListener.bind(host));
  vi.stubGlobal('removeEventListener', host.removeEventListener.bind(host));
  onTestFinished(() => void vi.unstubAllGlobals());
  const heard: unknown[] = [];
  const stop = createPlatform().onStorage(({ key }) => heard.push(key));
  const store = (key: string | null) => host.dispatchEvent(Object.assign(new Event('storage'), { key }));
  store('a');
  store(null);
  stop();
  store('b');
  expect(heard).toEqual(['a', null]);
});

test.each(['localStorage', 'sessionStorage', 'navigator'])('platform: the page may not even look at %s', (name) => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  const get = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  Object.defineProperty(globalThis, name, { get, configurable: true });
  onTestFinished(() => {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else Reflect.deleteProperty(globalThis, name);
  });
  const { localStorage, locks } = createPlatform();
  localStorage.setItem('name', 'value');
  expect(localStorage.getItem('name')).toBe('value');
  if (name === 'navigator') expect(locks).toBe(null);
});

test('session: a storage event of another key, or of another storage, ends nothing; one of its own key does', async () => {
  const host = new EventTarget();
  vi.stubGlobal('addEventListener', host.addEventListener.bind(host));
  vi.stubGlobal('removeEventListener', host.removeEventListener.bind(host));
  onTestFinished(() => void vi.unstubAllGlobals());
  const storage = createStorage();
  const key = 'latchkey https://id.example app';
  const tokens = { access_token: 'a', refresh_token: 'lkr_a', expires_in: 300, refresh_after: 240 };
  storage.setItem(key, JSON.stringify({ sessionId: '1', tokens, askedAt: Date.now(), turn: 0 }));
  const session = createSession({ issuer: 'https://id.example', clientId: 'app', storage, fetch: hang });
  onTestFinished(session.close);
  expect(await session.accessToken()).toBe('a');

  async function tokenAfter(change: object): Promise<string | null> {
    const newValue = JSON.stringify({ sessionId: '1', ended: 'logged_out' });
    host.dispatchEvent(Object.assign(new Event('storage'), { key, newValue, storageArea: storage, ...change }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return session.accessToken();
  }
  expect(await tokenAfter({ key: 'another key' })).toBe('a');
  expect(await tokenAfter({ storageArea: createStorage() })).toBe('a');
  expect(await tokenAfter({})).toBe(null);
});
