// test/sdk/browser.ts: a browser of one device: tabs that share a storage, locks and a channel, and can be killed at any
// moment.
import type { KeyValues, Platform, TabLocks } from '../../sdk/src/platform.ts';
import { createSession, type SessionOptions } from '../../sdk/src/session.ts';
import type { Time } from './time.ts';

export type Fetch = Platform['fetch'];

export function createStorage(items = new Map<string, string>()) {
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

export type MemoryStorage = ReturnType<typeof createStorage>;

interface Options {
  readonly issuer: string;
  readonly time: Time;
  readonly fetch: Fetch;
  /** `lease`: a browser without Web Locks. */
  readonly mutex?: 'locks' | 'lease';
  readonly random?: () => number;
}

export interface TabOptions extends Omit<Partial<SessionOptions>, 'sessionStorage'> {
  readonly sessionStorage?: MemoryStorage;
}

export type Browser = ReturnType<typeof createBrowser>;
export type Tab = ReturnType<Browser['openTab']>;

export function createBrowser({ issuer, time, fetch, mutex = 'locks', random = Math.random }: Options) {
  const localStorage = createStorage();
  const locks = createLocks();
  const listeners = new Set<{ readonly from: object; readonly hear: (message: unknown) => void }>();

  /** What a tab does after its end does not happen: not even its promises settle. */
  function mortal(life: AbortController) {
    const orNever = <Result>(result: Result): Result | Promise<never> =>
      life.signal.aborted ? new Promise<never>(() => {}) : result;
    const guard = (storage: KeyValues): KeyValues => ({
      getItem: (key) => (life.signal.aborted ? dead() : storage.getItem(key)),
      setItem: (key, value) => (life.signal.aborted ? dead() : storage.setItem(key, value)),
      removeItem: (key) => (life.signal.aborted ? dead() : storage.removeItem(key)),
    });
    return { orNever, guard };
  }

  function openTab(options: TabOptions = {}) {
    const life = new AbortController();
    const { orNever, guard } = mortal(life);
    const me = {};
    const page = { visible: true, onVisible: () => {} };
    const { sessionStorage = createStorage(), ...rest } = options;
    const session = createSession({
      issuer,
      localStorage: guard(localStorage),
      sessionStorage: guard(sessionStorage),
      now: time.now,
      random,
      after: (milliseconds, run) => time.after(milliseconds, () => life.signal.aborted || run()),
      fetch: async (input, init) => {
        if (life.signal.aborted) return new Promise<never>(() => {});
        return orNever(await fetch(input, init).catch((error) => orNever(Promise.reject(error))));
      },
      locks: mutex === 'locks' ? locks.of(life.signal) : null,
      openChannel(_name, hear) {
        const listener = { from: me, hear };
        listeners.add(listener);
        const post = (message: unknown) => {
          for (const other of listeners) if (other.from !== me) queueMicrotask(() => other.hear(message));
        };
        return { post: (message) => life.signal.aborted || post(message), close: () => listeners.delete(listener) };
      },
      isVisible: () => page.visible,
      onVisible(run) {
        page.onVisible = run;
      },
      ...rest,
    });
    const news: string[] = [];
    session.on('signed-in', () => life.signal.aborted || news.push('signed-in'));
    session.on('refreshed', () => life.signal.aborted || news.push('refreshed'));
    session.on('signed-out', ({ reason }) => life.signal.aborted || news.push(`signed-out: ${reason}`));

    /** As the browser does when a tab is closed, or crashes. */
    function kill(): void {
      life.abort();
      session.close();
    }

    return { session, sessionStorage, news, page, kill, options };
  }

  return { localStorage, openTab };
}

function dead(): never {
  throw new Error('This tab is gone.');
}

/** Web Locks: given back when their tab is gone. */
function createLocks() {
  let last: Promise<unknown> = Promise.resolve();
  const of = (life: AbortSignal): TabLocks => ({
    request(_name, _options, run) {
      const gone = new Promise<void>((resolve) => life.addEventListener('abort', () => resolve()));
      const result = last.then(() => (life.aborted ? new Promise<never>(() => {}) : run()));
      last = Promise.race([result.catch(() => {}), gone]);
      return result;
    },
  });
  return { of };
}
