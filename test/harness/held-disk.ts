// test/harness/held-disk.ts: a disk that is done when the test says so.
import type { Disk } from '../../src/platform/file-sync.ts';

export interface HeldDisk extends Disk {
  /** Resolves when that many syncs have been asked for, since it is held. */
  asked(times: number): Promise<void>;
  count(): number;
  /** Ends the sync that began last; the next one waits again. */
  release(): void;
  fail(): void;
  /** From now on nothing waits, nor does what has begun. */
  open(): void;
  /** From now on everything does: so it begins. */
  hold(): void;
}

export function holdDisk(): HeldDisk {
  let [times, isOpen] = [0, false];
  const begun: PromiseWithResolvers<void>[] = [];
  let waiters: { readonly times: number; readonly resolve: () => void }[] = [];

  function ask(): void {
    times += 1;
    for (const waiter of waiters) if (waiter.times <= times) waiter.resolve();
    waiters = waiters.filter((waiter) => waiter.times > times);
  }

  function sync(): Promise<void> {
    ask();
    if (isOpen) return Promise.resolve();
    const waiting = Promise.withResolvers<void>();
    begun.push(waiting);
    return waiting.promise;
  }

  return {
    sync,
    syncNow: ask,
    count: () => times,
    asked: (wanted) =>
      new Promise((resolve) => {
        if (times >= wanted) resolve();
        else waiters.push({ times: wanted, resolve });
      }),
    release: () => begun.pop()?.resolve(),
    fail: () => begun.pop()?.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })),
    open() {
      isOpen = true;
      for (const waiting of begun.splice(0)) waiting.resolve();
    },
    hold() {
      [times, isOpen] = [0, false];
    },
  };
}

/** One that waits for nothing, until it is held. */
export function openDisk(): HeldDisk {
  const disk = holdDisk();
  disk.open();
  return disk;
}
