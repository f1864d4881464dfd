import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashArgon2 } from '../../src/users/argon2.ts';
import { createDecoys } from '../../src/users/decoys.ts';

const cost = { memoryKiB: 1024, passes: 2 };
const OURS = 'argon2id$v=19 m=1024,t=2,p=1 quick';
const bcryptOf = (kind: string) => `$2b$${kind}$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy`;
const names = Array.from({ length: 2_000 }, (_, index) => `user${index}@example.com`);

function start({ secret = 1 } = {}) {
  let stored: readonly string[] = [];
  const decoys = createDecoys({ key: createSecretKey(Buffer.alloc(32, secret)), cost, sample: async () => stored });
  const learn = (next: readonly string[]) => {
    stored = next;
    return decoys.refresh();
  };
  return { ...decoys, learn, kinds: () => names.map((name) => decoys.pick(name).kind) };
}

const times = (count: number, hash: string) => Array.from({ length: count }, () => hash);

function sharesOf(kinds: readonly string[]): Record<string, number> {
  const counted = Object.entries(Object.groupBy(kinds, (kind) => kind));
  return Object.fromEntries(counted.map(([kind, all = []]) => [kind, all.length / kinds.length]));
}

describe('decoys: an unknown name', () => {
  test('costs what our own hashes cost while no account has a hash', async () => {
    const { kinds, learn } = start();
    expect(sharesOf(kinds())).toEqual({ [OURS]: 1 });
    await learn([]);
    expect(sharesOf(kinds())).toEqual({ [OURS]: 1 });
    await learn(['', 'not a hash', `$2b$31$${'a'.repeat(53)}`]);
    expect(sharesOf(kinds())).toEqual({ [OURS]: 1 });
  });

  test('costs what the accounts cost, in the same shares', async () => {
    const { kinds, learn } = start();
    await learn([
      ...times(600, bcryptOf('12')),
      ...times(100, bcryptOf('10')),
      ...times(300, await hashArgon2('x', cost)),
    ]);
    const shares = sharesOf(kinds());
    // Four standard deviations of a share among 2,000 names are less than 0.045.
    expect(Math.abs((shares['bcrypt 12'] ?? 0) - 0.6)).toBeLessThan(0.045);
    expect(Math.abs((shares['bcrypt 10'] ?? 0) - 0.1)).toBeLessThan(0.045);
    expect(Math.abs((shares[OURS] ?? 0) - 0.3)).toBeLessThan(0.045);
  });

  test('costs the same each time, in each process, however often the accounts are counted', async () => {
    const [one, other] = [start(), start()];
    const accounts = [...times(500, bcryptOf('12')), ...times(500, await hashArgon2('x', cost))];
    await one.learn(accounts);
    await other.learn(accounts.toReversed());
    const before = one.kinds();
    expect(other.kinds()).toEqual(before);
    await one.learn(accounts);
    expect(one.kinds()).toEqual(before);
  });

  test('moves to another kind only as that kind grows', async () => {
    const { kinds, learn } = start();
    const ours = await hashArgon2('x', cost);
    await learn([...times(600, bcryptOf('12')), ...times(200, bcryptOf('10')), ...times(200, ours)]);
    const before = kinds();
    await learn([...times(450, bcryptOf('12')), ...times(150, bcryptOf('10')), ...times(400, ours)]);
    const moved = kinds().filter((kind, index) => kind !== before[index]);
    expect(moved.length).toBeGreaterThan(300);
    expect(new Set(moved)).toEqual(new Set([OURS]));
  });

  test('costs what only a holder of the secret can tell', async () => {
    const [one, other] = [start({ secret: 1 }), start({ secret: 2 })];
    for (const { learn } of [one, other]) await learn([...times(500, bcryptOf('12')), ...times(500, bcryptOf('10'))]);
    const others = other.kinds();
    const differing = one.kinds().filter((kind, index) => kind !== others[index]);
    expect(differing.length / names.length).toBeGreaterThan(0.4);
  });
});

test('decoys: a count that is broken off, or fails, leaves the last one', async () => {
  const { kinds, learn, refresh } = start();
  await learn(times(10, bcryptOf('12')));
  await refresh(AbortSignal.abort());
  expect(sharesOf(kinds())).toEqual({ 'bcrypt 12': 1 });
  const failing = createDecoys({
    key: createSecretKey(Buffer.alloc(32)),
    cost,
    sample: async () => {
      throw new Error('No database.');
    },
  });
  await expect(failing.refresh()).rejects.toThrow('No database.');
  expect(failing.pick('ann@example.com').kind).toBe(OURS);
});

test('decoys: an account’s own hash is no decoy', async () => {
  const { learn, pick } = start();
  await learn([await hashArgon2('correct horse battery', cost)]);
  expect(await pick('ann@example.com').verify('correct horse battery')).toBe(false);
});
