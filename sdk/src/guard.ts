// guard.ts: the platform as the rest of the session sees it. Browsers refuse storage, locks and channels in private
// windows, in frames and when the disk is full: no part throws here, and no part blocks.
import { attempt } from './attempt.ts';
import { guardStorage } from './guarded-storage.ts';
import type { Platform, TabLocks } from './platform.ts';

export function guardPlatform(platform: Platform, usual: Platform): Platform {
  const after: Platform['after'] = (milliseconds, run) => {
    const cancel = attempt(
      () => platform.after(milliseconds, run),
      () => usual.after(milliseconds, run),
    );
    return () => attempt(cancel, ignore);
  };
  const localStorage = guardStorage(platform.localStorage, { ...platform, after });
  const isOne = platform.localStorage === platform.sessionStorage;

  return {
    ...platform,
    after,
    locks: platform.locks && guardLocks(platform.locks),
    openChannel(name, listen) {
      const channel = attempt(
        () => platform.openChannel(name, listen),
        () => null,
      );
      return {
        post: (message) => attempt(() => channel?.post(message), ignore),
        close: () => attempt(() => channel?.close(), ignore),
      };
    },
    onStorage(run) {
      const stop = attempt(
        () => platform.onStorage(run),
        () => ignore,
      );
      return () => attempt(stop, ignore);
    },
    isVisible: () => attempt(platform.isVisible, () => true),
    onVisible: (run) => attempt(() => platform.onVisible(run), ignore),
    localStorage,
    sessionStorage: isOne ? localStorage : guardStorage(platform.sessionStorage, { ...platform, after }),
  };
}

/** It rejects where the real ones throw. */
const guardLocks = (locks: TabLocks): TabLocks => ({
  request: async (name, options, run) => locks.request(name, options, run),
});

const ignore = () => {};
