// The plan of the keys, played over years with instances that look at odd times.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyDates, nextStep } from '../../src/keys/key-plan.ts';
import { keyState } from '../../src/keys/signing-key.ts';
import { DAY, MINUTE, times } from './keys-of.ts';

const start = Date.UTC(2026, 0, 1);
const at = (seconds: number) => new Date(start + seconds * 1000);
const none = { algorithm: 'ES256', activatedAt: null, retiredAt: null, revokedAt: null } as const;

/** The keys that there are, and what the plan makes of them. */
function createKeys() {
  let keys: KeyDates[] = [];
  let made = 0;

  function settle(now: Date): void {
    for (let step = nextStep(keys, now, times); step; step = nextStep(keys, now, times)) carryOut(step, now);
  }

  function carryOut(step: NonNullable<ReturnType<typeof nextStep>>, now: Date): void {
    if (step.kind === 'create') {
      made += 1;
      keys = [{ ...none, kid: `key-${made}`, createdAt: now }, ...keys];
    } else if (step.kind === 'forget') {
      keys = keys.filter(({ kid }) => kid !== step.kid);
    } else {
      keys = keys.map((key) => (keyState(key) === 'active' ? { ...key, retiredAt: now } : key));
      keys = keys.map((key) => (key.kid === step.kid ? { ...key, activatedAt: now } : key));
    }
  }

  function revoke(kid: string, now: Date): void {
    keys = keys.map((key) => (key.kid === kid ? { ...key, revokedAt: now } : key));
  }

  const active = () => keys.filter((key) => keyState(key) === 'active');
  return { settle, revoke, active, all: () => keys, made: () => made };
}

test('key plan: the first key signs at once', () => {
  const { settle, active, made } = createKeys();
  settle(at(0));
  expect([active().length, made()]).toEqual([1, 1]);
});

test('key plan: after ninety days the next one signs, and has been published for eleven minutes', () => {
  const { settle, active, all } = createKeys();
  settle(at(0));
  settle(at(90 * DAY - 11 * MINUTE - 1));
  expect(all()).toHaveLength(1);
  settle(at(90 * DAY - 11 * MINUTE));
  expect(all().map((key) => keyState(key))).toEqual(['pending', 'active']);
  settle(at(90 * DAY - 1));
  expect(active()[0]?.kid).toBe('key-1');
  settle(at(90 * DAY));
  expect(all().map((key) => keyState(key))).toEqual(['active', 'retired']);
  settle(at(90 * DAY + 61 * MINUTE - 1));
  expect(all()).toHaveLength(2);
  settle(at(90 * DAY + 61 * MINUTE));
  expect(all().map((key) => key.kid)).toEqual(['key-2']);
});

describe('key plan: a key that is revoked', () => {
  test('is followed at once, by the one that is on its way if there is one', () => {
    const { settle, revoke, active } = createKeys();
    settle(at(0));
    settle(at(90 * DAY - 11 * MINUTE));
    revoke('key-1', at(90 * DAY - 10 * MINUTE));
    settle(at(90 * DAY - 10 * MINUTE));
    expect(active().map(({ kid }) => kid)).toEqual(['key-2']);
  });

  test('and by a new one if there is none', () => {
    const { settle, revoke, active, all } = createKeys();
    settle(at(0));
    revoke('key-1', at(10));
    settle(at(10));
    expect(active().map(({ kid }) => kid)).toEqual(['key-2']);
    settle(at(10 + 61 * MINUTE));
    expect(all()).toHaveLength(1);
  });
});

test('key plan: whenever somebody looks, one key signs, and every verifier has it', () => {
  const pauses = fc.array(fc.integer({ min: 1, max: 40 * DAY }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(pauses, (all) => {
      const { settle, active, made } = createKeys();
      let now = 0;
      settle(at(now));
      for (const pause of all) {
        now += pause;
        settle(at(now));
        expect(active()).toHaveLength(1);
        const [key] = active();
        if (!key?.activatedAt || key.kid === 'key-1') continue;
        const published = (key.activatedAt.getTime() - key.createdAt.getTime()) / 1000;
        expect(published).toBeGreaterThanOrEqual(times.publishedSeconds);
      }
      expect(made()).toBeLessThanOrEqual(2 + now / (times.maxAgeSeconds - times.publishedSeconds));
    }),
  );
});
