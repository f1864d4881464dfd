// platform/file-sync.ts: waits until what was written is on the disk, beside the event loop: nobody waits but who has to know.
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/** fdatasync(2), of a file that is open. */
export interface Disk {
  sync(descriptor: number): Promise<void>;
  syncNow(descriptor: number): void;
}

const disk: Disk = { sync: promisify(fdatasync), syncNow: fdatasyncSync };

export interface FileSync {
  /** Resolves when all that was written before the call is on the disk. Of any number that wait, one sync serves all. */
  settled(): Promise<void>;
  /** The same on the spot. */
  settle(): void;
  /** False when something could not be written: then both throw, for good. */
  isSound(): boolean;
  close(): void;
}

/** Of the file at `path`, which has to be there when it is first asked for. */
export function createFileSync(path: string, { sync, syncNow } = disk): FileSync {
  let opened: number | null = null;
  let running = Promise.resolve();
  let next: Promise<void> | null = null;
  let failure: unknown = null;

  function descriptor(): number {
    if (failure) throw failure;
    opened ??= openSync(path, 'r+');
    return opened;
  }

  /** One that is under way may have begun before the last write: it takes another. */
  function settled(): Promise<void> {
    next ??= syncAfter(running);
    return next;
  }

  async function syncAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {}); // whoever waited for that one has heard of it
    [running, next] = [next ?? before, null];
    await sync(descriptor()).catch(fail);
  }

  function settle(): void {
    try {
      syncNow(descriptor());
    } catch (error) {
      fail(error);
    }
  }

  /**
   * The system forgets what it could not write, and the next sync succeeds without it: whatever is written from now on may
   * rest on what is lost. A new start reads what is really there. https://wiki.postgresql.org/wiki/Fsync_Errors
   */
  function fail(error: unknown): never {
    failure ??= error;
    throw error;
  }

  function close(): void {
    if (opened !== null) closeSync(opened);
    opened = null;
  }

  return { settled, settle, isSound: () => failure === null, close };
}
