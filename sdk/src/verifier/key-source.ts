// verifier/key-source.ts: the issuer's keys, fetched rarely, kept through outages, and dropped when they are withdrawn.
import { metadataUrl, readJwksUri } from './discovery.ts';
import { type Fetch, fetchJson } from './json-document.ts';
import { type KeySet, readKeySet } from './key-set.ts';
import { lifetimeMs } from './lifetime.ts';
import { invalidToken, TokenError } from './token-error.ts';
import type { VerificationKey } from './verification-key.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

interface Parts {
  readonly issuer: string;
  readonly fetch: Fetch;
  readonly now: () => Date;
  readonly deadlineMs: number;
  readonly refetchIntervalMs: number;
  readonly maxCachedTokens: number;
}

interface Loaded {
  readonly set: KeySet;
  readonly at: Date;
  readonly lifetimeMs: number;
}

/** A key, and what else it is known to have signed. */
interface FoundKey {
  readonly key: VerificationKey;
  readonly verified: VerifiedTokens;
}

interface Flight {
  readonly since: Date;
  readonly landed: Promise<void>;
}

/** A flight has two documents to fetch, each by its deadline. */
const OVERDUE_DEADLINES = 3;

/** From this part of its life on, a set is refreshed while the old one is still in use. */
const REFRESHED_FROM = 0.75;

/** An outage is no way to keep a withdrawn key alive for ever; no token of ours lives longer than an hour. */
const KEPT_AT_MOST_MS = 86_400_000;

export type KeySource = ReturnType<typeof createKeySource>;

export function createKeySource({ issuer, fetch, now, deadlineMs, refetchIntervalMs, maxCachedTokens }: Parts) {
  let loaded: Loaded | null = null;
  let jwksUri: string | null = null;
  let attemptedAt: Date | null = null;
  let failure: unknown = null;
  let flight: Flight | null = null;

  /**
   * One at a time, for everybody who is waiting. Never rejects. One that is long overdue is given up: some runtimes drop
   * what a request has begun when that request is over.
   */
  function refetch(): Promise<void> {
    if (!flight || isPast(flight.since, deadlineMs * OVERDUE_DEADLINES)) {
      const next: Flight = { since: now(), landed: attempt().finally(() => land(next)) };
      flight = next;
    }
    return flight.landed;
  }

  function land(landed: Flight): void {
    if (flight === landed) flight = null;
  }

  async function attempt(): Promise<void> {
    attemptedAt = now();
    try {
      loaded = await load(attemptedAt);
      failure = null;
    } catch (error) {
      failure = error ?? new Error('The keys could not be fetched.');
      jwksUri = null; // it may have moved
    }
  }

  async function load(at: Date): Promise<Loaded> {
    jwksUri ??= readJwksUri(await fetchJson(metadataUrl(issuer), { fetch, deadlineMs }), issuer);
    const { value, headers } = await fetchJson(jwksUri, { fetch, deadlineMs });
    const set = await readKeySet(value, maxCachedTokens);
    const isSame = loaded?.set.source === set.source;
    return { set: isSame && loaded ? loaded.set : set, at, lifetimeMs: lifetimeMs(headers) };
  }

  /**
   * The keys of today. Under steady traffic nobody waits for them. A set that is past its life is waited for, because a
   * key may have been withdrawn meanwhile; but not while fetching fails, or each request would wait for the deadline.
   */
  async function current(): Promise<KeySet> {
    const kept = usable();
    if (!kept) await refetch();
    else if (isPast(kept.at, kept.lifetimeMs * REFRESHED_FROM)) await refresh(kept);
    const { set } = usable() ?? {};
    if (!set) throw unavailable();
    return set;
  }

  const usable = () => (loaded && !isPast(loaded.at, KEPT_AT_MOST_MS) ? loaded : null);

  async function refresh({ at, lifetimeMs }: Loaded): Promise<void> {
    const isFailing = failure !== null;
    if (isFailing && !mayAsk()) return;
    const done = refetch();
    if (!isFailing && isPast(at, lifetimeMs)) await done;
  }

  /**
   * An unknown key is fetched, but not for everybody who makes one up. Keys are published for two lives of a set before
   * they sign; only after an emergency can an unknown one be true.
   */
  async function find(kid: string): Promise<FoundKey> {
    const set = await current();
    const found = findIn(set, kid) ?? findIn(await newerThan(set), kid);
    if (found) return found;
    throw failure === null ? invalidToken('The token is signed by a key that is not published.') : unavailable();
  }

  async function newerThan(set: KeySet): Promise<KeySet> {
    if (flight || mayAsk()) await refetch();
    return loaded?.set ?? set;
  }

  const mayAsk = () => attemptedAt === null || isPast(attemptedAt, refetchIntervalMs);

  /** A clock that was set back must not stop the fetching. */
  function isPast(since: Date, milliseconds: number): boolean {
    const elapsed = now().getTime() - since.getTime();
    return elapsed < 0 || elapsed >= milliseconds;
  }

  const unavailable = () =>
    new TokenError('keys_unavailable', `The keys of ${issuer} cannot be had.`, { cause: failure });

  return { current, find };
}

function findIn({ keys, verified }: KeySet, kid: string): FoundKey | null {
  const key = keys.get(kid);
  return key ? { key, verified } : null;
}
