import { describe, expect, test } from 'vitest';
import type { EndReason } from '../../src/errors.ts';
import { decide, type Presented, type RestoredSessions, type Stored } from '../../src/tokens/rotation.ts';

const GRACE_SECONDS = 30;
const rotatedAt = new Date('2026-01-01T12:00:00Z');
const later = (seconds: number) => new Date(rotatedAt.getTime() + seconds * 1000);

const stored: Stored = {
  clientId: 'app',
  scope: 'notes:read notes:write',
  generation: 20,
  minGeneration: 0,
  rotatedAt,
  retryKeyHash: 'digest of the key that made generation 20',
  endedAt: null,
  endReason: null,
  createdAt: later(-3600),
  idleExpiresAt: later(7200),
  expiresAt: later(43_200),
};

const client = { id: 'app', sessionsEndBefore: null };
const presented: Presented = { generation: 20, client, retryKeyHash: null, scope: null };

interface Situation {
  readonly stored?: Partial<Stored>;
  readonly presented?: Partial<Presented>;
  readonly account?: 'active' | 'disabled' | 'deleted';
  readonly at?: Date;
  readonly graceSeconds?: number;
  readonly restoredSessions?: RestoredSessions;
}

function verdict(situation: Situation = {}) {
  const { account = 'active', at = later(600), graceSeconds = GRACE_SECONDS } = situation;
  return decide({
    stored: { ...stored, ...situation.stored },
    presented: { ...presented, ...situation.presented },
    account,
    at,
    graceSeconds,
    restoredSessions: situation.restoredSessions ?? 'keep',
  });
}

describe('the newest token', () => {
  test('moves the session on by one', () => {
    expect(verdict()).toEqual({ kind: 'rotate', to: 21 });
  });

  test('does so with any key, even the one that made it', () => {
    expect(verdict({ presented: { retryKeyHash: stored.retryKeyHash } })).toEqual({ kind: 'rotate', to: 21 });
  });
});

describe('the token before the newest', () => {
  const previous = { generation: 19 };

  test.each([0, 1, 29, 30])('gets the same successor again %i seconds after the rotation', (seconds) => {
    const repeat = { kind: 'repeat', generation: 20, key: 'missing' };
    expect(verdict({ presented: previous, at: later(seconds) })).toEqual(repeat);
  });

  test.each([30.001, 31, 3600])('was copied if it comes %d seconds after the rotation', (seconds) => {
    expect(verdict({ presented: previous, at: later(seconds) })).toEqual({ kind: 'reused' });
  });

  test('gets no second chance where the grace is switched off, not even in the same instant', () => {
    expect(verdict({ presented: previous, at: rotatedAt, graceSeconds: 0 })).toEqual({ kind: 'reused' });
  });

  test('gets the same successor at any time with the key that made it', () => {
    const retry = { ...previous, retryKeyHash: stored.retryKeyHash };
    const repeat = { kind: 'repeat', generation: 20, key: 'same' };
    expect(verdict({ presented: retry, at: later(7199), graceSeconds: 0 })).toEqual(repeat);
  });

  test.each([
    ['none, as the rotation had none', null, null, 'same'],
    ['none, though the rotation had one', 'a', null, 'missing'],
    ['another than the rotation had', 'a', 'b', 'different'],
    ['one, though the rotation had none', null, 'b', 'different'],
  ])('is told by its key inside the grace: %s', (_, made, sent, key) => {
    const situation = { stored: { retryKeyHash: made }, presented: { ...previous, retryKeyHash: sent }, at: later(1) };
    expect(verdict(situation)).toEqual({ kind: 'repeat', generation: 20, key });
  });

  test('was copied if it comes late with another key', () => {
    expect(verdict({ presented: { ...previous, retryKeyHash: 'another' } })).toEqual({ kind: 'reused' });
  });

  test('was copied if it comes late without a key, and none made the successor', () => {
    expect(verdict({ stored: { retryKeyHash: null }, presented: previous })).toEqual({ kind: 'reused' });
  });
});

describe('older tokens', () => {
  test.each([18, 10, 0])('generation %i was copied, inside the grace too and whatever the key', (generation) => {
    const retry = { generation, retryKeyHash: stored.retryKeyHash };
    expect(verdict({ presented: retry, at: later(1) })).toEqual({ kind: 'reused' });
  });
});

describe('a token from before a change of the password', () => {
  const superseded = { kind: 'refused', code: 'refresh_token_superseded', reason: 'password_changed' };

  test.each<[string, Situation]>([
    ['inside the grace', { presented: { generation: 19 }, at: later(1) }],
    ['with the key of the rotation', { presented: { generation: 19, retryKeyHash: stored.retryKeyHash } }],
    ['after the grace', { presented: { generation: 19 } }],
    ['many generations old', { presented: { generation: 0 }, at: later(1) }],
    ['with more scope than was granted', { presented: { generation: 19, scope: 'admin' } }],
  ])('is refused and ends nothing: %s', (_, situation) => {
    expect(verdict({ ...situation, stored: { minGeneration: 20 } })).toEqual(superseded);
  });

  test('and those since then are what they always were', () => {
    const since = { minGeneration: 19 };
    expect(verdict({ stored: since })).toEqual({ kind: 'rotate', to: 21 });
    expect(verdict({ stored: since, presented: { generation: 19 }, at: later(1) })).toMatchObject({ kind: 'repeat' });
    expect(verdict({ stored: since, presented: { generation: 19 } })).toEqual({ kind: 'reused' });
    expect(verdict({ stored: since, presented: { generation: 18 }, at: later(1) })).toEqual(superseded);
  });

  test('is not told to another client, and a session that has ended says why it ended', () => {
    const late = { generation: 3 };
    const elsewhere = verdict({
      stored: { minGeneration: 20 },
      presented: { ...late, client: { id: 'other', sessionsEndBefore: null } },
    });
    expect(elsewhere).toEqual({ kind: 'refused', code: 'refresh_token_of_another_client' });
    const ended = { minGeneration: 20, endedAt: later(1), endReason: 'logged_out' as const };
    expect(verdict({ stored: ended, presented: late })).toMatchObject({ code: 'session_ended', reason: 'logged_out' });
  });
});

describe('a token that is newer than the database', () => {
  test.each([21, 35])('generation %i carries the session forward, past itself', (generation) => {
    expect(verdict({ presented: { generation } })).toEqual({ kind: 'catch_up', to: generation + 1 });
  });

  test.each([21, 35])('generation %i ends the session where no session survives a restore', (generation) => {
    const situation = { presented: { generation }, restoredSessions: 'end' } as const;
    expect(verdict(situation)).toEqual({ kind: 'ahead', to: generation });
  });
});

describe('refusals', () => {
  test("another client's token is refused without a reason, even if the session is over", () => {
    const refused = { kind: 'refused', code: 'refresh_token_of_another_client' };
    expect(verdict({ presented: { client: { ...client, id: 'other' } } })).toEqual(refused);
    expect(verdict({ presented: { client: { ...client, id: 'other' } }, stored: { endedAt: rotatedAt } })).toEqual(
      refused,
    );
  });

  test.each<[EndReason, Situation]>([
    ['logged_out', { stored: { endedAt: later(1), endReason: 'logged_out' } }],
    ['token_reused', { stored: { endedAt: later(1), endReason: 'token_reused' }, at: later(50_000) }],
    ['expired_idle', { at: stored.idleExpiresAt }],
    ['expired', { at: stored.expiresAt }],
    ['user_disabled', { account: 'disabled' }],
    ['user_deleted', { account: 'deleted' }],
  ])('a dead session says why: %s', (reason, situation) => {
    expect(verdict(situation)).toEqual({ kind: 'refused', code: 'session_ended', reason });
  });

  test('a session that began before its client was enabled again is dead, whether its row says so or not', () => {
    const enabledAt = (sessionsEndBefore: Date) => ({ presented: { client: { ...client, sessionsEndBefore } } });
    const refused = { kind: 'refused', code: 'session_ended', reason: 'client_disabled' };
    expect(verdict(enabledAt(new Date(stored.createdAt.getTime() + 1)))).toEqual(refused);
    expect(verdict(enabledAt(stored.createdAt))).toEqual({ kind: 'rotate', to: 21 });
  });

  test('a session lives until the last millisecond', () => {
    const at = new Date(stored.idleExpiresAt.getTime() - 1);
    expect(verdict({ at })).toEqual({ kind: 'rotate', to: 21 });
  });

  test('more scope than was granted is refused, less is not', () => {
    expect(verdict({ presented: { scope: 'notes:read admin' } })).toEqual({ kind: 'refused', code: 'invalid_scope' });
    expect(verdict({ presented: { scope: 'notes:read' } })).toEqual({ kind: 'rotate', to: 21 });
  });

  test('a refusal comes before reuse: it consumes nothing and ends nothing', () => {
    const verdictOfOldToken = verdict({ presented: { generation: 3, scope: 'admin' } });
    expect(verdictOfOldToken).toEqual({ kind: 'refused', code: 'invalid_scope' });
  });
});
