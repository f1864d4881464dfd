// test/sdk/faulty-platform.ts: the ways in which a browser or a device refuses what a session asks of it.
import type { KeyValues, TabLocks } from '../../sdk/src/platform.ts';
import { createStorage, type MemoryStorage, type TabOptions } from './browser.ts';
import type { Time } from './time.ts';

/** What a session is given, and the act from which on it fails. */
export interface FaultyPlatform {
  readonly options: TabOptions;
  begin(): void;
}

type Fault = (time: Time) => FaultyPlatform;

export const refuse = (name: string) => (): never => {
  throw new DOMException('The operation is not allowed.', name);
};
export const hang = () => new Promise<never>(() => {});
const reject = async (): Promise<never> => refuse('UnknownError')();
const nothing = Object.create(null);

function storing(breaking: (good: MemoryStorage, time: Time) => Partial<KeyValues> | null): Fault {
  return (time) => {
    const good = createStorage();
    let now: KeyValues = good;
    const storage: KeyValues = {
      getItem: (key) => now.getItem(key),
      setItem: (key, value) => now.setItem(key, value),
      removeItem: (key) => now.removeItem(key),
    };
    const begin = () => {
      const broken = breaking(good, time);
      now = broken ? { ...good, ...broken } : nothing;
    };
    return { options: { storage }, begin };
  };
}

/** Every method takes that long. */
const slow = (milliseconds: number) =>
  storing((good, time) => {
    const later = <Result>(act: () => Result) =>
      new Promise<Result>((resolve) => void time.after(milliseconds, () => resolve(act())));
    return {
      getItem: (key) => later(() => good.getItem(key)),
      setItem: (key, value) => later(() => good.setItem(key, value)),
      removeItem: (key) => later(() => good.removeItem(key)),
    };
  });

function locking(request: TabLocks['request'] | null): Fault {
  return () => {
    let now: TabLocks['request'] = async (_name, _options, run) => run();
    const locks: TabLocks = { request: (name, options, run) => now(name, options, run) };
    const begin = () => {
      now = request ?? nothing.request;
    };
    return { options: { locks }, begin };
  };
}

/** From the start: these are asked for once. */
const having =
  (options: TabOptions): Fault =>
  () => ({ options, begin: () => {} });

export const faults: Readonly<Record<string, Fault>> = {
  'storage: full': storing(() => ({ setItem: refuse('QuotaExceededError') })),
  'storage: full, but for small values': storing((good) => ({
    setItem: (key, value) => (value.length > 10 ? refuse('QuotaExceededError')() : good.setItem(key, value)),
  })),
  'storage: read-only': storing(() => ({ setItem: refuse('SecurityError'), removeItem: refuse('SecurityError') })),
  'storage: not to be read': storing(() => ({ getItem: refuse('SecurityError') })),
  'storage: forbidden': storing(() => ({
    getItem: refuse('SecurityError'),
    setItem: refuse('SecurityError'),
    removeItem: refuse('SecurityError'),
  })),
  'storage: without methods': storing(() => null),
  'storage: rejects': storing(() => ({ getItem: reject, setItem: reject, removeItem: reject })),
  'storage: reading hangs': storing(() => ({ getItem: hang })),
  'storage: writing hangs': storing(() => ({ setItem: hang })),
  'storage: all hangs': storing(() => ({ getItem: hang, setItem: hang, removeItem: hang })),
  'storage: three seconds for each call': slow(3_000),
  'storage: one second for each call': slow(1_000),
  'locks: throw': locking(refuse('SecurityError')),
  'locks: reject': locking(reject),
  'locks: without a method': locking(null),
  'locks: never granted': locking(hang),
  'locks: never released': locking(async (_name, _options, run) => {
    await run();
    return hang();
  }),
  'locks: granted to nobody, but over': locking(async () => nothing.result),
  'locks: throw when they are released': locking(async (_name, _options, run) => {
    await run();
    return refuse('AbortError')();
  }),
  'channel: cannot be opened': having({ openChannel: refuse('SecurityError') }),
  'channel: cannot be used': having({
    openChannel: () => ({ post: refuse('InvalidStateError'), close: refuse('InvalidStateError') }),
  }),
  'events: refused': having({
    onStorage: refuse('SecurityError'),
    onVisible: refuse('SecurityError'),
    isVisible: refuse('SecurityError'),
  }),
};
