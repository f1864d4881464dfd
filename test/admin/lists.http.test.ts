// Lists in pages: nothing is left out or told twice, and nothing but what is declared can be asked for.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { type Administered, ALL, acting, giveRoles, readAll, startWithAdmin } from './administration.ts';

const names = ['cleo', 'dora', 'emil', 'fay', 'gus', 'hal', 'ida'];

type Fill = (world: Administered, name: string) => Promise<unknown>;

interface List {
  readonly path: string;
  /** Which rows, and what each is known by. */
  readonly shows: readonly [string, string];
  /** Adds a row of that name, or named after it. */
  readonly add: Fill;
}

const lists: Record<string, List> = {
  users: {
    path: '/admin/users',
    shows: ['users', 'email'],
    add: ({ api }, name) => api.signUp({ email: `${name}@example.com` }),
  },
  clients: {
    path: '/admin/clients',
    shows: ['clients', 'id'],
    add: ({ clients, database }, id) =>
      clients.register(database.em.fork(), { ...secondClient, id } satisfies ClientRegistration),
  },
  'audit-events': {
    path: '/admin/audit-events',
    shows: ['events', 'id'],
    add: ({ api }) => api.signIn('bob@example.com'),
  },
};

async function start({ add }: List) {
  const world = await startWithAdmin();
  for (const name of names) await add(world, name);
  return world;
}

describe.each(Object.entries(lists))('%s', (name, list) => {
  const { path, shows, add } = list;

  test(`admin: pages of any size show all ${name} once, and in the same order`, async () => {
    const { admin } = await start(list);
    const { items: all, pages } = await readAll(admin, `${path}?limit=200`, shows);
    expect(pages).toBe(1);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(names.length);
    expect(name === 'audit-events' ? all.toSorted().reverse() : all.toSorted()).toEqual(all);
    for (const limit of [1, 2, 3, all.length - 1, all.length, all.length + 1]) {
      const read = await readAll(admin, `${path}?limit=${limit}`, shows);
      expect(read, String(limit)).toEqual({ items: all, pages: Math.ceil(all.length / limit) });
    }
  });

  test(`admin: ${name} that are added meanwhile move no other to another page`, async () => {
    const world = await start(list);
    const { admin } = world;
    const { items: before } = await readAll(admin, `${path}?limit=200`, shows);
    const { items } = await readAll(admin, `${path}?limit=2`, shows, (page) =>
      (page < 4 ? add(world, `a${page}`) : add(world, `zz${page}`)).then(() => undefined),
    );
    expect(items.filter((item) => before.includes(item))).toEqual(before);
    expect(new Set(items).size).toBe(items.length);
  });

  test(`admin: a page of ${name} has fifty rows, unless it is said otherwise`, async () => {
    const world = await startWithAdmin();
    for (let row = 0; row < 51; row += 1) await add(world, `row${row}`);
    const answer = await world.admin.get(path);
    expect(answer.body[shows[0]]).toHaveLength(50);
    expect(answer.body.next_cursor).toEqual(expect.any(String));
  });

  const limits = [
    '0',
    '-1',
    '201',
    '1e9',
    '1e1',
    'abc',
    '',
    '00',
    '0x10',
    '1.5',
    '+1',
    '%201',
    '1,2',
    '999',
    '1000000000',
  ];

  test.each(limits)(`admin: ${name} with a limit of "%s" are refused`, async (limit) => {
    const { admin } = await startWithAdmin();
    const answer = await admin.get(`${path}?limit=${limit}`);
    expectFailure(answer, 'problem', 400, 'invalid_request');
    expect(answer.body.errors).toMatchObject([{ pointer: '/limit' }]);
  });

  test.each([
    'sort=password_hash',
    'sort=id;drop',
    'order=desc',
    'password_hash=x',
    'offset=1',
    'fields=id',
    'limit[]=1',
    '__proto__=x',
  ])(`admin: ${name} know of no "%s"`, async (query) => {
    const { admin } = await startWithAdmin();
    expectFailure(await admin.get(`${path}?${query}`), 'problem', 400, 'invalid_request');
  });

  test.each(['limit=1&limit=2', 'cursor=&limit=1', 'cursor=%00', 'cursor=x&cursor=y', `cursor=${'A'.repeat(1001)}`])(
    `admin: ${name} are not asked for by "%s"`,
    async (query) => {
      const { admin } = await startWithAdmin();
      expectFailure(await admin.get(`${path}?${query}`), 'problem', 400, 'invalid_request');
    },
  );

  test(`admin: a cursor of ${name} is one of no other list, and of no other service`, async () => {
    const { admin } = await start(list);
    const { next_cursor } = (await admin.get(`${path}?limit=1`)).body;
    for (const other of Object.values(lists).filter((one) => one !== list)) {
      expectFailure(await admin.get(`${other.path}?cursor=${next_cursor}`), 'problem', 400, 'invalid_request');
    }
    const elsewhere = await startService({ env: { SECRETS: 'a secret that is another one than that of here' } });
    const { user } = await elsewhere.api.signUp();
    await giveRoles(elsewhere, user.id, 'admin');
    const { access_token } = await elsewhere.api.signIn(user.email, { scope: ALL });
    const answer = await acting(elsewhere.api, access_token).get(`${path}?cursor=${next_cursor}`);
    expectFailure(answer, 'problem', 400, 'invalid_request');
  });

  test(`admin: a cursor of ${name} that was altered in any way is refused`, async () => {
    const { admin } = await start(list);
    const cursor: string = (await admin.get(`${path}?limit=1`)).body.next_cursor;
    const at = fc.nat({ max: cursor.length - 1 });
    const altered = fc.oneof(
      fc
        .tuple(at, fc.string({ unit: 'binary', maxLength: 3 }))
        .map(([index, text]) => cursor.slice(0, index) + text + cursor.slice(index + 1)),
      fc
        .tuple(at, fc.constantFrom('=', '!', ' ', '-', '_', '.', 'A'))
        .map(([index, text]) => cursor.slice(0, index) + text + cursor.slice(index)),
      at.map((index) => cursor.slice(0, index)),
      fc.constantFrom('=', '==', '!', 'A', 'AA', '\n').map((text) => cursor + text),
      fc.base64String({ maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(
        altered.filter((text) => text !== cursor && text.isWellFormed()),
        async (text) => {
          const answer = await admin.get(`${path}?cursor=${encodeURIComponent(text)}`);
          expectFailure(answer, 'problem', 400, 'invalid_request', JSON.stringify(text));
        },
      ),
      { seed: 15, numRuns: 120 },
    );
  });
});

test('admin: a cursor shows no address of another user, in a URL that proxies write down', async () => {
  const { admin, api } = await startWithAdmin();
  for (const name of names) await api.signUp({ email: `${name}@example.com` });
  const { users, next_cursor } = (await admin.get('/admin/users?limit=1')).body;
  const shown = Buffer.from(next_cursor, 'base64url').toString('latin1');
  expect(users[0].email).toContain('@example.com');
  expect(shown).not.toContain(users[0].email);
  expect(shown).not.toContain('@example.com');
});
