import { expect, test } from 'vitest';
import type { Allowance, Budget } from '../../src/platform/budget.ts';
import { createNetworkBudget } from '../../src/platform/network-budget.ts';

const allowance = { name: 'signup', points: 100, seconds: 60 };

/** Counts in memory, and refuses as the stores do. */
function start() {
  const opened: Allowance[] = [];
  const spent = new Map<string, number>();
  const open = (one: Allowance): Budget => {
    opened.push(one);
    const add = (key: string, points: number) => {
      const sum = (spent.get(`${one.name}:${key}`) ?? 0) + points;
      spent.set(`${one.name}:${key}`, sum);
      return sum;
    };
    return {
      take: async (key) => {
        if (add(key, 1) > one.points) throw new Error(`${one.name} is used up`);
      },
      putBack: async (key) => void add(key, -1),
      add: async (key) => add(key, 1),
      look: async () => ({ spent: 0, secondsLeft: 0 }),
      clear: async () => {},
    };
  };
  return { opened, spent, budget: createNetworkBudget(open, allowance) };
}

/** How many of them are let through, each from another address in turn. */
async function passing({ budget }: ReturnType<typeof start>, times: number, addressOf: (turn: number) => string) {
  let passed = 0;
  for (let turn = 0; turn < times; turn += 1) {
    await budget.take(addressOf(turn)).then(
      () => {
        passed += 1;
      },
      () => {},
    );
  }
  return passed;
}

const hex = (turn: number) => turn.toString(16);

test('network budget: a wider network has a higher allowance, and every name is another one', () => {
  expect(start().opened).toEqual([
    { name: 'signup', points: 100, seconds: 60 },
    { name: 'signup-56', points: 400, seconds: 60 },
    { name: 'signup-48', points: 1600, seconds: 60 },
  ]);
});

test.each([
  ['one IPv4 address', 100, () => '203.0.113.9'],
  [
    'one IPv4 address, written in many ways',
    100,
    (turn: number) => (turn % 2 ? '::ffff:203.0.113.9' : '64:ff9b::cb00:7109'),
  ],
  ['every address of a 6to4 site', 100, (turn: number) => `2002:cb00:7109:${hex(turn)}::1`],
  ['a /64', 100, (turn: number) => `2001:db8:1:2:${hex(turn)}::1`],
  ['a /56', 400, (turn: number) => `2001:db8:1:2${hex(turn % 256).padStart(2, '0')}::1`],
  ['a /48', 1600, (turn: number) => `2001:db8:1:${hex(turn)}::1`],
])('network budget: %s gets %i', async (_, allowed, addressOf) => {
  expect(await passing(start(), 3000, addressOf)).toBe(allowed);
});

test('network budget: a customer with a /56 does not use up what the others of a /48 have', async () => {
  const service = start();
  await passing(service, 3000, (turn) => `2001:db8:1:2${hex(turn % 256).padStart(2, '0')}::1`);
  expect(await passing(service, 50, () => '2001:db8:1:9900::1')).toBe(50);
});

test('network budget: what a wider network refuses is given back to the narrower ones', async () => {
  const service = start();
  await passing(service, 1600, (turn) => `2001:db8:1:${hex(turn)}::1`);
  await expect(service.budget.take('2001:db8:1:fffe::1')).rejects.toThrow('signup-48 is used up');
  expect(service.spent.get('signup:2001:db8:1:fffe::/64')).toBe(0);
  expect(service.spent.get('signup-56:2001:db8:1:ff00::/56')).toBe(0);
});

test('network budget: what is refused narrowly is not counted widely', async () => {
  const service = start();
  await passing(service, 500, () => '2001:db8:1:2::1');
  expect(service.spent.get('signup-56:2001:db8:1::/56')).toBe(100);
  expect(service.spent.get('signup-48:2001:db8:1::/48')).toBe(100);
});

test('network budget: what is put back is put back in every network', async () => {
  const { budget, spent } = start();
  for (const ip of ['2001:db8:1:2::1', '203.0.113.9']) {
    await budget.take(ip);
    await budget.putBack(ip);
  }
  expect([...spent.values()]).toEqual([0, 0, 0, 0]);
});
