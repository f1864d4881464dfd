// clients/secret-guesses.ts: how often a network may fail to authenticate as a client, and how often that is recorded.
import { createHmac, type KeyObject } from 'node:crypto';
import { AuthError } from '../errors.ts';
import { hasRoom, type OpenBudget } from '../platform/budget.ts';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { networkOf } from '../platform/network.ts';

const MINUTE = 60;
const HOUR = 3600;

/** Bounds the memory that an attacker with many networks can take. The store of the limits remembers all of them. */
const MAX_REMEMBERED = 10_000;

export interface Guess {
  /** As the request claims. */
  readonly clientId: string;
  readonly ip: string;
}

interface Parts {
  readonly open: OpenBudget;
  /** Audit events stay bounded where limits are switched off. */
  readonly openAlways: OpenBudget;
  /** The store holds client ids and networks as HMACs only. */
  readonly key: KeyObject;
  readonly now: Clock;
}

export type SecretGuesses = ReturnType<typeof createSecretGuesses>;

/**
 * Successful authentication asks the store nothing: an instance remembers which pairs of client and network have failed.
 * A pair that is used up is refused before its secret is looked at. Other networks of the same client are not affected.
 */
export function createSecretGuesses({ open, openAlways, key, now }: Parts) {
  const failures = open({ name: 'client-failures', points: 100, seconds: 10 * MINUTE });
  const recordsOfNetwork = openAlways({ name: 'client-failure-records', points: 10, seconds: HOUR });
  const recordsOfClient = openAlways({ name: 'client-failure-records-all', points: 100, seconds: HOUR });
  /** When a pair may try again; `null` while it still may. */
  const failing = new Map<string, Date | null>();

  const keyOf = (...parts: readonly string[]) => createHmac('sha256', key).update(parts.join('\n')).digest('base64url');
  const pairOf = ({ clientId, ip }: Guess) => keyOf(networkOf(ip), clientId);

  /** Throws `rate_limited`. */
  function assertAllowed(guess: Guess): void {
    if (failing.size === 0) return;
    const until = failing.get(pairOf(guess)) ?? null;
    const secondsLeft = until === null ? 0 : Math.ceil((until.getTime() - now().getTime()) / 1000);
    if (secondsLeft > 0) throw new AuthError('rate_limited', { retryAfterSeconds: secondsLeft });
  }

  /** Throws `rate_limited` for a failure too many. */
  async function fail(guess: Guess): Promise<void> {
    const pair = pairOf(guess);
    try {
      await failures.take(pair);
      remember(pair, null);
    } catch (refusal) {
      if (refusal instanceof AuthError) remember(pair, addSeconds(now(), refusal.details.retryAfterSeconds ?? 1));
      throw refusal;
    }
  }

  /** Failures count in a row: one program with an old secret does not shut out another one behind the same address. */
  async function succeed(guess: Guess): Promise<void> {
    if (failing.size === 0) return;
    const pair = pairOf(guess);
    if (failing.delete(pair)) await failures.clear(pair);
  }

  /** Whether there is room for one more audit event. */
  async function mayRecord(guess: Guess): Promise<boolean> {
    return (await hasRoom(recordsOfNetwork, pairOf(guess))) && hasRoom(recordsOfClient, keyOf(guess.clientId));
  }

  function remember(pair: string, until: Date | null): void {
    failing.delete(pair);
    for (const oldest of failing.keys()) {
      if (failing.size < MAX_REMEMBERED) break;
      failing.delete(oldest);
    }
    failing.set(pair, until);
  }

  return { assertAllowed, fail, succeed, mayRecord };
}
