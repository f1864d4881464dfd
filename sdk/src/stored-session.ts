// stored-session.ts: what is kept of a session, and what stays of it when it is over.
import type { components } from './api.ts';

export type Tokens = components['schemas']['TokenAnswer'];

export interface StoredSession {
  readonly sessionId: string;
  readonly tokens: Tokens;
  /** When the tokens were asked for, in milliseconds by the clock of this device. */
  readonly askedAt: number;
  /** How many refreshes ago the session began here: of two copies, the newer has the higher one. */
  readonly turn: number;
  /** A refresh that was begun: it is repeated with the same key until an answer has come. */
  readonly attempt?: { readonly key: string; readonly token: string };
}

/** Lets other tabs know why. It holds no secret. */
export interface EndedSession {
  readonly sessionId: string;
  readonly ended: string;
}

export type Stored = StoredSession | EndedSession;

/** Whether it is an object with that member, by which its kind is told. */
export function is<Kind>(value: unknown, member: string): value is Kind {
  return value instanceof Object && member in value;
}

export function isAlive(stored: Stored | null): stored is StoredSession {
  return is(stored, 'tokens');
}

/** Still the session, and still with this token: nobody was faster. */
export function stillHolds(stored: Stored | null, refreshToken: string): stored is StoredSession {
  return isAlive(stored) && stored.tokens.refresh_token === refreshToken;
}

/** Whether what another tab says comes after what is stored here. */
export function isNews(told: Stored, stored: Stored): boolean {
  if (told.sessionId !== stored.sessionId || !isAlive(stored)) return false;
  // A tab with a token from before a change of the password is told the same as one whose session has ended by it.
  if (!isAlive(told)) return told.ended !== 'password_changed';
  // A tab that does not wait for the refresh of another one has to use the same key.
  const hasBegun = told.turn === stored.turn && !stored.attempt && told.attempt !== undefined;
  return told.turn > stored.turn || hasBegun;
}

/** Anybody may have written there: what is no session is none. */
export function isStored(value: unknown): value is Stored {
  return is<StoredSession & EndedSession>(value, 'sessionId') && (is(value.tokens, 'refresh_token') || !!value.ended);
}

export function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
