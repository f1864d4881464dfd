// sessions/lifetimes.ts: how long a session lives, unused and at most.
import { addSeconds, earlier } from '../platform/clock.ts';
import type { SessionRow } from './session.ts';

export interface Lifetime {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
}

export interface Lifetimes {
  readonly session: Lifetime;
  readonly remembered: Lifetime;
}

export function lifetimeOf(lifetimes: Lifetimes, remembered: boolean): Lifetime {
  return remembered ? lifetimes.remembered : lifetimes.session;
}

/** The idle end after a use at that instant. It never passes the absolute end, which never moves. */
export function idleEnd(session: Pick<SessionRow, 'remembered' | 'expiresAt'>, lifetimes: Lifetimes, at: Date): Date {
  const { idleSeconds } = lifetimeOf(lifetimes, session.remembered);
  return earlier(addSeconds(at, idleSeconds), session.expiresAt);
}
