// presence.ts: what this tab knows of the session, how old its tokens are, and the news in what it learns.
import type { Events } from './events.ts';
import { isAlive, type Stored, type StoredSession } from './stored-session.ts';

interface Parts {
  readonly now: () => number;
  /** Milliseconds that have passed, by a clock that nobody sets. */
  readonly elapsed: () => number;
  readonly emit: Events['emit'];
  readonly onChange: () => void;
}

export type Presence = ReturnType<typeof createPresence>;

export function createPresence({ now, elapsed, emit, onChange }: Parts) {
  /** Undefined before the first look. */
  let session: StoredSession | null | undefined;
  /** By `elapsed`. */
  let askedAt = 0;

  const accessToken = () => session?.tokens.access_token ?? null;

  /** Takes over what is stored. The first look tells nobody anything: that session has begun long ago. */
  function follow(stored: Stored | null): void {
    const before = session;
    session = isAlive(stored) ? stored : null;
    if (session?.tokens.access_token === before?.tokens.access_token) return;
    if (session) askedAt = elapsed() - ageOf(session);
    if (before !== undefined) tell(before, stored);
    onChange();
  }

  /** A clock that was set back since then cannot tell: such tokens count as old. */
  function ageOf(stored: StoredSession): number {
    const age = now() - stored.askedAt;
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  }

  function tell(before: StoredSession | null, stored: Stored | null): void {
    if (isAlive(stored)) {
      const { sessionId } = stored;
      emit(before?.sessionId === sessionId ? 'refreshed' : 'signed-in', { sessionId });
    } else if (before) {
      emit('signed-out', { sessionId: before.sessionId, reason: stored?.ended ?? 'storage_cleared' });
    }
  }

  /** Milliseconds until so many seconds of the tokens' life are over. */
  const until = (seconds = 0) => Math.max(0, askedAt + seconds * 1000 - elapsed());
  const freshFor = () => until(session?.tokens.refresh_after);

  return {
    follow,
    accessToken,
    freshFor,
    isExpired: () => until(session?.tokens.expires_in) === 0,
    /** `refused` is an access token that somebody did not accept. */
    wantsRefresh: (refused?: string) => !!session && (freshFor() === 0 || accessToken() === refused),
  };
}
