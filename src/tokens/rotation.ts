// tokens/rotation.ts: the table that decides what becomes of a presented refresh token. Pure: what is stored, what is
// presented and the time go in; a verdict comes out.
import { type Client, isEndedWith } from '../clients/client.ts';
import type { EndReason, ErrorCode } from '../errors.ts';
import { addSeconds } from '../platform/clock.ts';
import { endOf, type SessionRow } from '../sessions/session.ts';
import { isNarrower } from './scope.ts';

/** Of the session, what the table looks at. */
export type Stored = Pick<
  SessionRow,
  | 'clientId'
  | 'scope'
  | 'generation'
  | 'minGeneration'
  | 'rotatedAt'
  | 'retryKeyHash'
  | 'endedAt'
  | 'endReason'
  | 'createdAt'
  | 'expiresAt'
  | 'idleExpiresAt'
>;

export interface Presented {
  readonly generation: number;
  readonly client: Pick<Client, 'id' | 'sessionsEndBefore'>;
  /** Digest of the Idempotency-Key, if one was sent. */
  readonly retryKeyHash: string | null;
  /** What is asked for; null is "as granted". */
  readonly scope: string | null;
}

/** Whether the account still stands, read afresh at every refresh. */
export type Account = 'active' | 'disabled' | 'deleted';

export type Verdict =
  /** The newest token: the session moves on by one, if nobody is faster. */
  | { readonly kind: 'rotate'; readonly to: number }
  /** We sealed a later generation than the database knows: it was restored. Go forward to the token, and on by one. */
  | { readonly kind: 'catch_up'; readonly to: number }
  /** The same, where the operator lets no session survive a restore: it ends. */
  | { readonly kind: 'ahead'; readonly to: number }
  /** An honest retry: the same successor again. `key` compares its Idempotency-Key with that of the rotation. */
  | { readonly kind: 'repeat'; readonly generation: number; readonly key: 'same' | 'missing' | 'different' }
  /** The token was copied. The session ends. */
  | { readonly kind: 'reused' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reason?: EndReason };

/** RESTORED_SESSIONS: what happens to a session whose refresh token is newer than the database. */
export type RestoredSessions = 'keep' | 'end';

interface Case {
  readonly stored: Stored;
  readonly account: Account;
  readonly presented: Presented;
  readonly at: Date;
  /** How long after a rotation its predecessor is still answered. 0: not at all. */
  readonly graceSeconds: number;
  readonly restoredSessions: RestoredSessions;
}

/** A refusal comes before any turn: a refused refresh consumes nothing. */
export function decide(situation: Case): Verdict {
  return refusal(situation) ?? turn(situation);
}

function refusal({ stored, account, presented, at }: Case): Verdict | null {
  if (presented.client.id !== stored.clientId) return refuse('refresh_token_of_another_client');
  const reason = endOf(stored, at) ?? accountEnd[account];
  if (reason) return refuse('session_ended', reason);
  if (isEndedWith(presented.client, stored.createdAt)) return refuse('session_ended', 'client_disabled');
  if (presented.generation < stored.minGeneration) return refuse('refresh_token_superseded', 'password_changed');
  if (presented.scope !== null && !isNarrower(presented.scope, stored.scope)) return refuse('invalid_scope');
  return null;
}

const accountEnd: Readonly<Record<Account, EndReason | null>> = {
  active: null,
  disabled: 'user_disabled',
  deleted: 'user_deleted',
};

function turn({ stored, presented, at, graceSeconds, restoredSessions }: Case): Verdict {
  const behind = stored.generation - presented.generation;
  if (behind === 0) return { kind: 'rotate', to: stored.generation + 1 };
  if (behind < 0 && restoredSessions === 'end') return { kind: 'ahead', to: presented.generation };
  if (behind < 0) return { kind: 'catch_up', to: presented.generation + 1 };
  if (behind === 1 && (isRetry(stored, presented) || inGrace(stored, at, graceSeconds))) {
    return { kind: 'repeat', generation: stored.generation, key: compareKeys(stored, presented) };
  }
  return { kind: 'reused' };
}

/** The key that made the successor proves that the one who asks is the one who asked. It has no time limit. */
function isRetry(stored: Stored, presented: Presented): boolean {
  return presented.retryKeyHash !== null && presented.retryKeyHash === stored.retryKeyHash;
}

/** A client that sends no keys at all is the same client. */
function compareKeys({ retryKeyHash: made }: Stored, { retryKeyHash: sent }: Presented) {
  if (sent === made) return 'same';
  return sent === null ? 'missing' : 'different';
}

/** Counted from the rotation, not from the last retry: the window never slides. */
function inGrace({ rotatedAt }: Stored, at: Date, graceSeconds: number): boolean {
  return graceSeconds > 0 && at <= addSeconds(rotatedAt, graceSeconds);
}

function refuse(code: ErrorCode, reason?: EndReason): Verdict {
  return reason ? { kind: 'refused', code, reason } : { kind: 'refused', code };
}
