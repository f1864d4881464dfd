// guarded-storage.ts: a storage that never fails and never blocks: what it cannot keep, this page keeps in memory.
import type { KeyValues, Platform } from './platform.ts';
import { is } from './stored-session.ts';

/** For all calls that follow one another, in milliseconds. After that this page does without, until the storage answers. */
const PATIENCE = 2_000;
/** A page that was put to sleep gives its storage that much time after it woke up, in milliseconds. */
const SECOND_CHANCE = 200;
/** A call that comes later than this, in milliseconds, belongs to another series. */
const QUIET = 10_000;

/** Stands for a value that could not be stored: each page uses the last value that it knows. */
const UNSAVED = '';

export function guardStorage(storage: KeyValues, { after, now }: Pick<Platform, 'after' | 'now'>): KeyValues {
  /** The last value of each key, as read or written by this page. */
  const known = new Map<string, string | null>();
  /** The keys whose value is only in memory, and what the storage holds instead. */
  const unsaved = new Map<string, string | null>();
  let patience = PATIENCE;
  let lastAnswerAt = now();
  let isLate = false;

  async function getItem(key: string): Promise<string | null> {
    const found = isLate ? UNSAVED : await inTime(() => read(key)).catch(() => UNSAVED);
    if (found === UNSAVED || found === unsaved.get(key)) return known.get(key) ?? null;
    unsaved.delete(key); // another page has stored a newer value
    known.set(key, found);
    return found;
  }

  function read(key: string): string | null | Promise<string | null> {
    const found = storage.getItem(key);
    // An answer that comes too late still tells what was stored before this page was opened.
    if (isPromise(found)) found.then((value) => known.has(key) || known.set(key, value)).catch(ignore);
    return found;
  }

  async function put(key: string, value: string | null): Promise<void> {
    known.set(key, value);
    const isSaved = !isLate && (await inTime(() => save(key)).then(() => true, ignore));
    if (isSaved) unsaved.delete(key);
    else unsaved.set(key, isLate ? UNSAVED : await leaveMark(key));
  }

  function save(key: string): unknown {
    const value = known.get(key) ?? null;
    return value === null ? storage.removeItem(key) : storage.setItem(key, value);
  }

  /** An old value must not stay: a page that is opened later would refresh with it, as a thief would. */
  async function leaveMark(key: string): Promise<string | null> {
    await inTime(() => storage.setItem(key, UNSAVED)).catch(() => inTime(() => storage.removeItem(key)).catch(ignore));
    return inTime(() => storage.getItem(key)).catch(() => UNSAVED);
  }

  /** Rejects when the call fails, and when it takes too long. */
  async function inTime<Result>(act: () => Result | Promise<Result>): Promise<Result> {
    const result = act();
    return isPromise(result) ? orLate(result) : result;
  }

  function orLate<Result>(result: Promise<Result>): Promise<Result> {
    const askedAt = now();
    if (askedAt - lastAnswerAt > QUIET) patience = PATIENCE;
    return new Promise((resolve, reject) => {
      let cancel = after(patience, () => {
        cancel = after(SECOND_CHANCE, () => {
          isLate = true;
          result.then(catchUp, catchUp);
          reject(new Error('The storage does not answer.'));
        });
      });
      const settle = () => {
        cancel();
        lastAnswerAt = now();
        patience -= Math.min(patience, Math.max(0, lastAnswerAt - askedAt));
      };
      result.then(resolve, reject).then(settle);
    });
  }

  /** One key after the other, so that an old value is never written over a newer one. */
  async function catchUp(): Promise<void> {
    for (const key of unsaved.keys()) {
      unsaved.delete(key);
      await inTurn(() => save(key)).catch(ignore);
    }
    isLate = false;
  }

  return { getItem, setItem: put, removeItem: (key) => put(key, null) };
}

const isPromise = <Result>(value: Result | Promise<Result>): value is Promise<Result> => is(value, 'then');

const inTurn = async (act: () => unknown) => act();

const ignore = () => {};
