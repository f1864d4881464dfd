// mail/turns.ts: whose mail is next. Recipients take turns, and each has one conversation at a time: neither a thousand
// mails for one recipient nor a slow server of one recipient holds up the mails of others.
import type { Clock } from '../platform/clock.ts';
import type { OutboxMailRow } from './outbox-mail.ts';

/** A round that has served so many recipients ends: the next query must not grow without bound. */
const MAX_SERVED = 500;

export type Turns = ReturnType<typeof createTurns>;

export function createTurns({ now }: { now: Clock }) {
  /** Until when each recipient is written to: a conversation that has outlived the lease of its mail counts no more. */
  const busyUntil = new Map<string, Date>();
  /** The recipients that this round has served, by priority. */
  const rounds = new Map<number, Set<string>>();

  /** The recipients that are being written to. */
  function busy(): string[] {
    return [...busyUntil].filter(([, until]) => until > now()).map(([recipient]) => recipient);
  }

  /** The recipients that have had their turn in this round. */
  function servedOf(priority: number): string[] {
    return [...(rounds.get(priority) ?? [])];
  }

  function beginRound(priority: number): void {
    rounds.delete(priority);
  }

  /** False when the recipient is being written to. `nextAttemptAt` is the end of the lease. */
  function begin({ recipientKey, priority, nextAttemptAt }: OutboxMailRow): boolean {
    if (busy().includes(recipientKey)) return false;
    busyUntil.set(recipientKey, nextAttemptAt ?? now());
    const served = rounds.get(priority) ?? new Set();
    if (served.size >= MAX_SERVED) served.clear();
    rounds.set(priority, served.add(recipientKey));
    return true;
  }

  function end({ recipientKey, nextAttemptAt }: OutboxMailRow): void {
    if (busyUntil.get(recipientKey) === nextAttemptAt) busyUntil.delete(recipientKey);
  }

  return { busy, servedOf, beginRound, begin, end };
}
