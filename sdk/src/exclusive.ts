// exclusive.ts: one tab at a time. What happens if two get through is safe, only dearer: so nobody waits for ever.
import type { KeyValues, World } from './platform.ts';

/** For a tab that has its turn and was put to sleep, or never gives it back, in milliseconds. */
const PATIENCE = 5_000;
/** How long a lease lasts, in milliseconds. A refresh that takes longer may be doubled by another tab. */
const LEASE = 10_000;
/** Before a lease that was just written is believed, or a taken one is looked at again: at least half of it. */
const PAUSE = 60;

export type Exclusive = <Result>(run: () => Promise<Result>) => Promise<Result>;

interface Parts extends Pick<World, 'locks' | 'now' | 'random' | 'pause' | 'after'> {
  readonly name: string;
  readonly localStorage: KeyValues;
}

export function createExclusive({ locks, name, localStorage, now, random, pause, after }: Parts): Exclusive {
  const place = `${name} lease`;

  /** A lease runs out by itself: its tab may have crashed. One that ends too late was written by another clock. */
  async function findHolder(): Promise<string | undefined> {
    const [holder, until] = ((await localStorage.getItem(place)) ?? '').split(' ');
    const left = Number(until) - now();
    return left > 0 && left <= LEASE ? holder : undefined;
  }

  /** Two may find it free and write; the last one to write has it, as both see a moment later. */
  async function take(holder: string): Promise<void> {
    let isPatient = true;
    const cancel = after(PATIENCE, () => {
      isPatient = false;
    });
    while (isPatient && (await findHolder()) !== holder) {
      if (!(await findHolder())) await localStorage.setItem(place, `${holder} ${now() + LEASE}`);
      await pause(PAUSE * (0.5 + random() / 2));
    }
    cancel();
  }

  async function withLease<Result>(run: () => Promise<Result>): Promise<Result> {
    const holder = String(random());
    await take(holder);
    try {
      return await run();
    } finally {
      if ((await findHolder()) === holder) await localStorage.removeItem(place);
    }
  }

  /** Begins when the lock is had or refused, or after `PATIENCE`: whichever comes first. */
  function withLock<Result>(tabLocks: NonNullable<typeof locks>, run: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let begun: Promise<Result> | undefined;
      const begin = () => {
        cancel();
        begun ??= run();
        begun.then(resolve, reject);
        return begun;
      };
      const aborter = new AbortController();
      const cancel = after(PATIENCE, () => {
        aborter.abort();
        begin().catch(ignore);
      });
      tabLocks.request(name, { signal: aborter.signal }, begin).then(begin, begin).catch(ignore);
    });
  }

  return (run) => (locks ? withLock(locks, run) : withLease(run));
}

const ignore = () => {};
