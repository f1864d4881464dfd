// What is looked for in lists: people by part of their address or name, events by whom and what they tell of.
import { describe, expect, test } from 'vitest';
import { expectFailure } from '../http/failures.ts';
import { readAll, startProgram, startWithAdmin } from './administration.ts';

async function startWithPeople() {
  const world = await startWithAdmin();
  const { api, admin } = world;
  const people = [
    { email: 'un_der@example.com' },
    { email: 'unXder@example.com' },
    { email: 'per%cent@example.com' },
    { email: 'Mixed.Case@example.com', preferred_username: 'The_Cat' },
    { email: 'ann@b\u00fccher.example' },
    { email: '\u00c9l\u00e9onore@example.com' },
  ];
  for (const person of people) await api.signUp(person);
  const find = async (query: string): Promise<string[]> =>
    (await readAll(admin, `/admin/users?query=${encodeURIComponent(query)}`, ['users', 'email'])).items;
  return { ...world, find };
}

describe('people', () => {
  test.each([
    ['an underscore is one', 'un_d', ['un_der@example.com']],
    ['an underscore alone is in an address or a name', '_', ['Mixed.Case@example.com', 'un_der@example.com']],
    ['a percent sign is one', 'per%', ['per%cent@example.com']],
    ['a percent sign alone is in an address', '%', ['per%cent@example.com']],
    ['a backslash is in none', '\\', []],
    ['a backslash does not make a wildcard of what follows', 'un\\_der', []],
    ['a wildcard of another dialect is in none', '*', []],
    ['a quote is in none', "'", []],
    ['a statement is in none', "'; drop table users; --", []],
    ['capitals are small letters', 'MIXED.case', ['Mixed.Case@example.com']],
    ['part of a user name', 'HE_C', ['Mixed.Case@example.com']],
    ['the whole address', 'ADA@example.com', ['ada@example.com']],
    ['a letter with an accent, in the other case', '\u00e9L\u00c9', ['\u00c9l\u00e9onore@example.com']],
    ['the same letter in two parts', 'E\u0301le\u0301', ['\u00c9l\u00e9onore@example.com']],
    ['a domain in its ASCII form', 'xn--bcher', ['ann@b\u00fccher.example']],
    ['a domain as it is written', 'b\u00fccher', ['ann@b\u00fccher.example']],
    ['a domain as it is written, in capitals', 'ANN@B\u00dcCHER.EXAMPLE', ['ann@b\u00fccher.example']],
    ['nobody', 'nobody', []],
  ] as const)('admin: among people, %s', async (_, query, found) => {
    const { find } = await startWithPeople();
    expect(await find(query)).toEqual(found);
  });

  test('admin: an empty query finds everybody, and pages of what is found hold nothing else', async () => {
    const { admin, find } = await startWithPeople();
    expect(await find('')).toHaveLength(8);
    const read = await readAll(admin, '/admin/users?query=UN&limit=1', ['users', 'email']);
    expect(read).toEqual({ items: ['un_der@example.com', 'unXder@example.com'], pages: 2 });
  });

  test.each([`query=${'a'.repeat(321)}`, 'query=a&query=b', 'query=%00', 'query[]=a', 'email=a'])(
    'admin: people are not looked for by %s',
    async (query) => {
      const { admin } = await startWithAdmin();
      expectFailure(await admin.get(`/admin/users?${query}`), 'problem', 400, 'invalid_request');
    },
  );
});

describe('events', () => {
  /** What Ada has done at three o'clock, at four and at five, seen from the end. */
  async function startWithEvents() {
    const world = await startWithAdmin();
    const { admin, ada, api, bob, clock } = world;
    const at: string[] = [];
    for (const disabled of [true, false, true]) {
      clock.advance({ hours: 1 });
      at.push(clock.now().toISOString());
      const { access_token } = await api.signIn(ada.email, { scope: 'users:write' });
      await api.patch(`/admin/users/${bob.user.id}`, { disabled }, access_token);
    }
    const program = await startProgram(world, 'program', ['users:write']);
    await program.patch(`/admin/users/${bob.user.id}`, { disabled: false });
    const { access_token } = await api.signIn(ada.email, { scope: 'audit:read' });
    const [first = '', second = '', third = ''] = at;
    async function find(query: Record<string, string>) {
      const { body } = await api.get(`/admin/audit-events?${new URLSearchParams(query)}`, access_token);
      return body.events.map(
        ({ type, occurred_at }: { type: string; occurred_at: string }) => `${type} ${at.indexOf(occurred_at) + 1}`,
      );
    }
    return { ...world, admin, first, second, third, find, id: bob.user.id };
  }

  const [enabled, disabled] = ['user.enabled', 'user.disabled'];

  test('admin: events are found by what has happened', async () => {
    const { find } = await startWithEvents();
    expect(await find({ type: disabled })).toEqual([`${disabled} 3`, `${disabled} 1`]);
    expect(await find({ type: enabled })).toEqual([`${enabled} 3`, `${enabled} 2`]);
    expect(await find({ type: 'role.deleted' })).toEqual([]);
  });

  test('admin: events are found by whom they happened to', async () => {
    const { ada, find, id } = await startWithEvents();
    expect(await find({ user_id: id, type: disabled })).toHaveLength(2);
    expect(await find({ user_id: id.toUpperCase(), type: disabled })).toHaveLength(2);
    expect(await find({ user_id: ada.id, type: disabled })).toEqual([]);
    expect((await find({ user_id: ada.id })).filter((event: string) => !event.startsWith('session'))).toEqual([
      'user.signed_up 0',
    ]);
    expect(await find({ user_id: '00000000-0000-7000-8000-000000000000' })).toEqual([]);
  });

  test('admin: events are found by the client that they came through', async () => {
    const { find, id } = await startWithEvents();
    expect(await find({ client_id: 'program' })).toEqual([`${enabled} 3`]);
    expect(await find({ client_id: 'first-party', type: enabled })).toEqual([`${enabled} 2`]);
    expect(await find({ client_id: 'program', user_id: id, type: disabled })).toEqual([]);
    expect(await find({ client_id: 'PROGRAM' })).toEqual([]);
    expect(await find({ client_id: '%' })).toEqual([]);
  });

  test('admin: events are found from an instant on, and before one', async () => {
    const { find, first, second, third, id } = await startWithEvents();
    const ofBob = { user_id: id };
    const changes = async (query: Record<string, string>) =>
      (await find({ ...ofBob, ...query })).filter(
        (event: string) => event.startsWith('user.') && !event.endsWith(' 0'),
      );
    expect(await changes({ since: second })).toEqual([`${enabled} 3`, `${disabled} 3`, `${enabled} 2`]);
    expect(await changes({ until: second })).toEqual([`${disabled} 1`]);
    expect(await changes({ since: second, until: third })).toEqual([`${enabled} 2`]);
    expect(await changes({ since: first, until: third, type: disabled })).toEqual([`${disabled} 1`]);
    expect(await changes({ since: third, until: first })).toEqual([]);
    expect(await changes({ since: third, client_id: 'program' })).toEqual([`${enabled} 3`]);
  });

  test.each([
    ...['since=yesterday', 'since=2026-01-01', 'since=1795277545', 'since=', 'until=2026-13-01T00:00:00Z', 'until=x'],
    ...[
      'type=user.nothing',
      'type=',
      'type=user.*',
      'user_id=x',
      'user_id=',
      'user_id=%00',
      'client_id=%00',
      `client_id=${'a'.repeat(65)}`,
    ],
    ...['by=x', 'ip=127.0.0.1', 'type=user.enabled&type=user.disabled', 'query=x'],
  ])('admin: events are not looked for by "%s"', async (query) => {
    const { admin } = await startWithAdmin();
    expectFailure(await admin.get(`/admin/audit-events?${query}`), 'problem', 400, 'invalid_request');
  });
});
