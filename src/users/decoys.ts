// users/decoys.ts: the hash that the password of an unknown name is checked against, so that it takes as long as that of
// an account would. Accounts that come from other systems keep their hashes until the next sign-in, and those can take
// twenty times as long as ours: if every unknown name took the time of ours, a slow answer would tell of an account.
import { createHmac, type KeyObject } from 'node:crypto';
import type { Argon2Cost } from './argon2.ts';
import { argon2Decoy } from './argon2-form.ts';
import type { ReadableHash } from './hash-form.ts';
import { decoyOf, readableHash } from './stored-hash.ts';

interface Kind {
  readonly name: string;
  /** How many of the sampled accounts have a hash of this kind. */
  readonly weight: number;
  readonly decoy: ReadableHash;
}

interface Parts {
  /** Secret, so that an attacker cannot tell which kind an unknown name gets. */
  readonly key: KeyObject;
  /** Of our own hashes: what there is while no account has one. */
  readonly cost: Argon2Cost;
  /** The stored hashes of some accounts. */
  readonly sample: (signal?: AbortSignal) => Promise<readonly string[]>;
}

/** A decoy that costs what our own hashes cost. Throws when that is more than we are willing to compute. */
export function usualDecoy(cost: Argon2Cost): ReadableHash {
  const decoy = readableHash(argon2Decoy(cost));
  if (!decoy) throw new Error('The settings of password hashes are out of bounds.');
  return decoy;
}

export function createDecoys({ key, cost, sample }: Parts) {
  const usual = usualDecoy(cost);
  let kinds: readonly Kind[] = [];

  /** Learns what kinds of hashes the accounts have now. */
  async function refresh(signal?: AbortSignal): Promise<void> {
    const hashes = await sample(signal);
    if (!signal?.aborted) kinds = kindsOf(hashes);
  }

  /**
   * The same for a name each time, and each kind for as many names as accounts have it. A name moves to another kind only
   * when the share of that kind has grown, as an account does when its hash is upgraded (weighted rendezvous hashing).
   */
  function pick(name: string): ReadableHash {
    let [best, lowest] = [usual, Number.POSITIVE_INFINITY];
    for (const { name: kind, weight, decoy } of kinds) {
      const score = -Math.log(chanceOf(name, kind)) / weight;
      if (score < lowest) [best, lowest] = [decoy, score];
    }
    return best;
  }

  /** Evenly spread between 0 and 1. */
  function chanceOf(name: string, kind: string): number {
    const mac = createHmac('sha256', key)
      .update(JSON.stringify([name, kind]))
      .digest();
    return (mac.readUIntBE(0, 6) + 0.5) / 2 ** 48;
  }

  return { refresh, pick };
}

function kindsOf(hashes: readonly string[]): Kind[] {
  const read = hashes.flatMap((stored) => {
    const decoy = readableHash(decoyOf(stored));
    return decoy ? [decoy] : [];
  });
  const byKind = Map.groupBy(read, ({ kind }) => kind);
  return [...byKind].flatMap(([name, [decoy, ...others]]) =>
    decoy ? [{ name, weight: 1 + others.length, decoy }] : [],
  );
}
