// keys/key-plan.ts: what is to be done about the signing keys, and when. A table, with no key in it.
import { addSeconds } from '../platform/clock.ts';
import { keyState, type SigningAlgorithm, type SigningKeyRow } from './signing-key.ts';

export interface KeyTimes {
  /** How old a key is, from its first signature, when the next one has taken its place. */
  readonly maxAgeSeconds: number;
  /** How long a key is published before it signs: when it does, every verifier has it. */
  readonly publishedSeconds: number;
  /** How long a key is published after it has signed last: until that token is dead everywhere. */
  readonly keptSeconds: number;
}

export type KeyDates = Pick<
  SigningKeyRow,
  'kid' | 'algorithm' | 'createdAt' | 'activatedAt' | 'retiredAt' | 'revokedAt'
>;

/** `create` publishes a key that does not sign yet. `activate` makes it sign, and retires the one that has. */
export type KeyStep =
  | { readonly kind: 'create' }
  | { readonly kind: 'activate'; readonly kid: string }
  | { readonly kind: 'forget'; readonly kid: string };

/**
 * The next thing that is due; null if nothing is. Where nothing signs, something must at once: that is the first start,
 * or a key has been revoked.
 */
export function nextStep(keys: readonly KeyDates[], at: Date, times: KeyTimes): KeyStep | null {
  const pending = keys.find((key) => keyState(key) === 'pending');
  const active = keys.find((key) => keyState(key) === 'active');
  if (pending && (!active || isPast(pending.createdAt, times.publishedSeconds, at))) {
    return { kind: 'activate', kid: pending.kid };
  }
  if (!pending && (!active || isAging(active, at, times))) return { kind: 'create' };
  const over = keys.find((key) => isPast(key.revokedAt ?? key.retiredAt, times.keptSeconds, at));
  return over ? { kind: 'forget', kid: over.kid } : null;
}

/** From the day that the next one has to be published, if that is to sign in time. */
function isAging({ activatedAt }: KeyDates, at: Date, { maxAgeSeconds, publishedSeconds }: KeyTimes): boolean {
  return isPast(activatedAt, maxAgeSeconds - publishedSeconds, at);
}

function isPast(instant: Date | null, seconds: number, at: Date): boolean {
  return instant !== null && addSeconds(instant, seconds) <= at;
}

/** When a key that is published now will sign. */
export function signsFrom({ createdAt, activatedAt }: KeyDates, { publishedSeconds }: KeyTimes): Date {
  return activatedAt ?? addSeconds(createdAt, publishedSeconds);
}

/** A key of another algorithm than the configured one is followed at once by one that has it. */
export function isOfAnother(keys: readonly KeyDates[], algorithm: SigningAlgorithm): boolean {
  const newest = keys.find((key) => keyState(key) === 'pending') ?? keys.find((key) => keyState(key) === 'active');
  return newest !== undefined && newest.algorithm !== algorithm;
}
