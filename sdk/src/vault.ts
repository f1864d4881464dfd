// vault.ts: where the session is stored, and the only place that reads and writes it there.
import type { KeyValues } from './platform.ts';
import { isAlive, isNews, isStored, parseJson, type Stored, type StoredSession } from './stored-session.ts';

interface Parts {
  readonly name: string;
  /** Of this tab alone. */
  readonly sessionStorage: KeyValues;
  /** Of all tabs; the same one where there is no difference. */
  readonly localStorage: KeyValues;
  /** Sees whatever this tab sees. */
  readonly follow: (stored: Stored | null) => void;
  readonly tellOthers: (stored: Stored) => void;
}

/** One at a time, in all of the page: a storage must not change between a look and the write that follows. */
let queue: Promise<unknown> = Promise.resolve();

function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const done = queue.then(work);
  queue = done.catch(() => {});
  return done;
}

export type Vault = ReturnType<typeof createVault>;

export function createVault({ name, sessionStorage: own, localStorage: shared, follow, tellOthers }: Parts) {
  const slots = [...new Set([own, shared])];

  async function read(slot: KeyValues): Promise<Stored | null> {
    const value = parseJson(await slot.getItem(name));
    return isStored(value) ? value : null;
  }

  async function write(slot: KeyValues, stored: Stored): Promise<void> {
    await slot.setItem(name, JSON.stringify(stored));
    tellOthers(stored);
  }

  /** Where the session is that lives, or else the one that is over. */
  async function find(): Promise<KeyValues> {
    const [mine, ours] = [await read(own), await read(shared)];
    return isAlive(mine) || (mine && !isAlive(ours)) ? own : shared;
  }

  /** Lets `decide` see what is stored, and stores what it returns. */
  function change(decide: (stored: Stored) => Stored): Promise<Stored | null> {
    return inTurn(async () => {
      const slot = await find();
      const stored = await read(slot);
      const next = stored && decide(stored);
      if (next && next !== stored) await write(slot, next);
      follow(next);
      return next;
    });
  }

  /** Every session that lives in the sight of this tab. */
  async function sessions(): Promise<StoredSession[]> {
    return (await Promise.all(slots.map(read))).filter(isAlive);
  }

  async function endIn(slot: KeyValues): Promise<void> {
    const stored = await read(slot);
    if (isAlive(stored)) await write(slot, { sessionId: stored.sessionId, ended: 'logged_out' });
  }

  /** Ends whatever is there, and puts that one in its place. */
  async function replace(next?: StoredSession, isRemembered?: boolean): Promise<void> {
    await inTurn(async () => {
      await Promise.all(slots.map(endIn));
      if (next) await write(isRemembered ? shared : own, next);
    });
    await look();
  }

  const look = () => change((stored) => stored);

  return {
    look,
    change,
    /** What another tab says. A tab that was duplicated has a copy of its own, which would grow old unnoticed. */
    adopt: (told: Stored) => change((stored) => (isNews(told, stored) ? told : stored)),
    sessions,
    replace,
    /** Whether other tabs do not see what this one stores. */
    isApart: async () => (await find()) !== shared,
  };
}
