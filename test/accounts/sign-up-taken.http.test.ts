import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, type RunningService, startService } from '../harness/service.ts';

async function countRows({ database }: RunningService) {
  const em = database.em.fork();
  return { users: await em.count(User), sessions: await em.count(Session), events: await em.count(AuditEvent) };
}

const afterOne = { users: 1, sessions: 1, events: 2 };
/** A refused sign-up with an unverified address is told to the reader of the mailbox, and written down. */
const afterRepeats = (repeats: number) => ({ ...afterOne, events: afterOne.events + repeats });

/** The second of two sign-ups, and what it left behind. */
async function signUpTwice(first: object, second: object) {
  const service = await startService();
  await service.api.signUp(first);
  const answer = await service.api.post('/signup', { password: 'another good password', ...second });
  return { ...answer, rows: await countRows(service) };
}

describe('sign-up: a taken address is refused', () => {
  test.each([
    ['as it was written', 'ann@example.com', 'ann@example.com'],
    ['in another case', 'ann@example.com', 'ANN@Example.COM'],
    ['as an IDN', 'ann@xn--bcher-kva.example', 'ann@b\u00fccher.example'],
    ['in punycode', 'ann@B\u00fccher.example', 'ann@xn--bcher-kva.example'],
    ['decomposed', 'am\u00e9lie@example.com', 'ame\u0301lie@example.com'],
    ['with a fullwidth domain', 'ann@example.com', 'ann@\uff45xample.com'],
  ])('%s', async (_, first, second) => {
    const { status, body, rows } = await signUpTwice({ email: first }, { email: second });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: expect.stringMatching(/#email_taken$/),
      code: 'email_taken',
      errors: [{ pointer: '/email', code: 'email_taken', detail: expect.any(String) }],
    });
    expect(rows).toEqual(afterRepeats(1));
  });
});

test.each(['Ann.Smith', 'ann.smith', 'ANN.SMITH'])('sign-up: a taken user name is refused as %s', async (name) => {
  const first = { email: 'ann@example.com', preferred_username: 'Ann.Smith' };
  const { status, body, rows } = await signUpTwice(first, { email: 'other@example.com', preferred_username: name });
  expect(status).toBe(409);
  expect(body).toMatchObject({
    code: 'username_taken',
    errors: [{ pointer: '/preferred_username', code: 'username_taken' }],
  });
  expect(rows).toEqual(afterOne);
});

test('sign-up: where both are taken, both are named', async () => {
  const both = { email: 'ann@example.com', preferred_username: 'ann' };
  const { status, body } = await signUpTwice(both, both);
  expect([status, body.code]).toEqual([409, 'email_taken']);
  expect(body.errors).toEqual([
    { pointer: '/email', code: 'email_taken', detail: expect.any(String) },
    { pointer: '/preferred_username', code: 'username_taken', detail: expect.any(String) },
  ]);
});

test('sign-up: two users without a user name do not take it from each other', async () => {
  const { status } = await signUpTwice({ email: 'ann@example.com' }, { email: 'bob@example.com' });
  expect(status).toBe(201);
});

test('sign-up: a user name is free for an address, and an address for a user name', async () => {
  const first = { email: 'ann@example.com', preferred_username: 'bob' };
  const { status } = await signUpTwice(first, { email: 'bob@example.com', preferred_username: 'ann' });
  expect(status).toBe(201);
});

test('sign-up: a refused one changes nothing for the owner', async () => {
  const { api, users } = await startService();
  const { user } = await api.signUp({ email: 'ann@example.com' });
  const before = await users.find(user.id);
  const thief = { email: 'ANN@example.com', password: 'another good password', given_name: 'Eve' };
  expect((await api.post('/signup', thief)).status).toBe(409);
  expect(await users.find(user.id)).toEqual(before);
  await expect(api.signIn('ann@example.com', { password: thief.password })).rejects.toMatchObject({ status: 400 });
});

/** How many answers there were of each kind. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const kinds = Object.groupBy(answers, ({ status, body }) => `${status} ${body.code ?? ''}`.trim());
  return Object.fromEntries(Object.entries(kinds).map(([kind, all]) => [kind, all?.length ?? 0]));
}

describe('sign-up: fifty at once', () => {
  const fifty = Array.from({ length: 50 }, (_, index) => index);
  const spell = (text: string, index: number) => (index % 2 ? text.toUpperCase() : text);

  test('with one address make one account', async () => {
    const service = await startService();
    const signUp = (index: number) =>
      service.api.post('/signup', { email: spell('ann@example.com', index), password: PASSWORD });
    expect(tally(await Promise.all(fifty.map(signUp)))).toEqual({ '201': 1, '409 email_taken': 49 });
    expect(await countRows(service)).toEqual(afterRepeats(49));
  });

  test('with one user name make one account', async () => {
    const service = await startService();
    const signUp = (index: number) => {
      const email = `user${index}@example.com`;
      return service.api.post('/signup', { email, preferred_username: spell('ann', index), password: PASSWORD });
    };
    expect(tally(await Promise.all(fifty.map(signUp)))).toEqual({ '201': 1, '409 username_taken': 49 });
    expect(await countRows(service)).toEqual(afterOne);
  });

  test.runIf(onPostgres)('with one address on two instances make one account', async () => {
    const databaseUrl = await newDurableDatabase();
    const instances = [await startService({ databaseUrl }), await startService({ databaseUrl })];
    const signUp = (index: number) =>
      instances[index % 2]?.api.post('/signup', { email: spell('ann@example.com', index), password: PASSWORD });
    const answers = await Promise.all(fifty.map(signUp));
    expect(tally(answers.filter((answer) => answer !== undefined))).toEqual({ '201': 1, '409 email_taken': 49 });
  });

  test('with addresses of their own make fifty accounts', async () => {
    const service = await startService();
    const signUps = fifty.map((index) => service.api.signUp({ email: `user${index}@example.com` }));
    const ids = (await Promise.all(signUps)).map(({ user }) => user.id);
    expect(new Set(ids).size).toBe(50);
    expect(await countRows(service)).toEqual({ users: 50, sessions: 50, events: 100 });
  });
});
