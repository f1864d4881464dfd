// platform.ts: the outside world as browsers and apps have it. Each part can be handed in instead.
import { attempt } from './attempt.ts';

/** `localStorage`, `sessionStorage`, or a storage of an app that answers with promises. */
export interface KeyValues {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Of the Web Locks API, what is used. */
export interface TabLocks {
  request<Result>(name: string, options: { signal: AbortSignal }, run: () => Promise<Result>): Promise<Result>;
}

/** From tab to tab. */
export interface TabChannel {
  post(message: unknown): void;
  close(): void;
}

/** What another tab has done to a storage: the part of a `StorageEvent` that is used. */
export interface StorageChange {
  /** Null when everything was cleared. */
  readonly key: string | null;
  /** Null when there is no value any more. */
  readonly newValue: string | null;
  readonly storageArea: unknown;
}

export interface Platform {
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  /** Milliseconds by the clock on the wall, which all tabs of a device share. */
  readonly now: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Unguessable. */
  readonly newKey: () => string;
  /** Runs that later, unless the function that is returned is called before. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
  /** Null where there are none: a lease in the storage takes their place. */
  readonly locks: TabLocks | null;
  readonly openChannel: (name: string, listen: (message: unknown) => void) => TabChannel;
  /** Hears of every change that another tab makes, until the function that is returned is called. */
  readonly onStorage: (run: (change: StorageChange) => void) => () => void;
  readonly isVisible: () => boolean;
  /** For as long as the page lives. */
  readonly onVisible: (run: () => void) => void;
  /** For sessions that are remembered, and what tabs share. */
  readonly localStorage: KeyValues;
  /** For the others. */
  readonly sessionStorage: KeyValues;
}

/** What the parts of a session see of it. */
export interface World extends Platform {
  pause(milliseconds: number): Promise<void>;
}

interface Emitter {
  addEventListener(type: string, run: () => void): void;
}

interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Of the global object, what is looked for and may be missing. */
interface Host {
  readonly document?: Emitter & { readonly visibilityState: string };
  readonly navigator?: { readonly locks?: TabLocks };
  readonly localStorage?: KeyValues;
  readonly sessionStorage?: KeyValues;
  readonly addEventListener?: (type: 'storage', run: (change: StorageChange) => void) => void;
  readonly removeEventListener?: (type: 'storage', run: (change: StorageChange) => void) => void;
  readonly BroadcastChannel?: new (name: string) => Channel;
}

const host: Host = Object(globalThis);

/** Null where the page may not even look: a browser that blocks cookies throws at the name of the storage. */
function find<Found>(read: () => Found | undefined): Found | null {
  return attempt(
    () => read() ?? null,
    () => null,
  );
}

/** A page that may not store anything still gets a session, for as long as it is open. */
function createMemory(): KeyValues {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

export const createPlatform = (): Platform => ({
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  random: () => Math.random(),
  newKey: () => crypto.getRandomValues(new Uint8Array(16)).join('-'),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  locks: find(() => host.navigator?.locks),
  openChannel(name, listen) {
    let channel = host.BroadcastChannel && new host.BroadcastChannel(name);
    if (channel) channel.onmessage = ({ data }) => listen(data);
    return {
      post: (message) => channel?.postMessage(message),
      close() {
        channel?.close();
        channel = undefined; // what is under way may still want to post, which a closed channel answers with an error
      },
    };
  },
  onStorage(run) {
    host.addEventListener?.('storage', run);
    return () => host.removeEventListener?.('storage', run);
  },
  isVisible: () => host.document?.visibilityState !== 'hidden',
  onVisible: (run) => host.document?.addEventListener('visibilitychange', run),
  localStorage: find(() => host.localStorage) ?? createMemory(),
  sessionStorage: find(() => host.sessionStorage) ?? createMemory(),
});

/**
 * Milliseconds that have passed, whatever happens to the clock on the wall. Some browsers stop the steady clock while
 * the device sleeps, and somebody may turn the other one back: the one that has gone further is believed.
 */
export function createStopwatch(now: () => number): () => number {
  let [gap, slept] = [now() - performance.now(), 0];
  return () => {
    const before = gap;
    gap = now() - performance.now();
    slept += Math.max(0, gap - before);
    return performance.now() + slept;
  };
}
