import { expect, test } from 'vitest';
import { type Answer, type Api, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure, expectNothingLeaks } from './failures.ts';
import { also, bytes, spoiledJson } from './spoiled-bodies.ts';

const signIn = { grant_type: 'password', username: 'user1@example.com', password: PASSWORD };

const targets = [
  { path: '/token', failures: 'oauth', good: signIn, status: 200 },
  { path: '/signup', failures: 'problem', good: { email: 'ann@example.com', password: PASSWORD }, status: 201 },
] as const;

async function startWithUser(): Promise<Api> {
  const { api } = await startService();
  await api.signUp();
  return api;
}

function send(api: Api, path: string, type: string, body: string | Buffer): Promise<Answer> {
  return api.send('POST', path, { headers: { 'Content-Type': type }, body: new Uint8Array(Buffer.from(body)) });
}

test.each(targets)('body: POST $path refuses JSON that could be read in two ways', async (target) => {
  const api = await startWithUser();
  const good = JSON.stringify(target.good);
  for (const [name, spoil] of Object.entries(spoiledJson)) {
    const answer = await send(api, target.path, 'application/json', spoil(good));
    expectFailure(answer, target.failures, 400, 'invalid_request', name);
    expect(answer.body.errors, name).toBeUndefined(); // refused as a whole, not for one of its members
  }
  expect((await send(api, target.path, 'application/json', good)).status).toBe(target.status);
});

test('body: eight levels of JSON are not too many', async () => {
  const api = await startWithUser();
  const body = also(`"x":${'['.repeat(7)}${']'.repeat(7)}`)(JSON.stringify(signIn));
  expect(await send(api, '/token', 'application/json', body)).toMatchObject({ status: 200 });
});

/** Names that a JavaScript object keeps in numeric order, and that collide in naive hash tables. */
const manyIntegers = Array.from({ length: 1200 }, (_, at) => `"${at * 65_536}":1`).join();
const manyNames = Array.from({ length: 1200 }, (_, at) => `"k${at}":0`).join();

test('body: a flood of members costs nothing but the answer', async () => {
  const api = await startWithUser();
  for (const members of [manyIntegers, manyNames]) {
    const body = also(members)(JSON.stringify(signIn));
    expect(await send(api, '/token', 'application/json', body)).toMatchObject({ status: 200 });
  }
});

/** Values that an ORM or a query builder could take for something else than a value. */
const odd = [{ $ne: null }, { $or: [] }, { __raw: true, sql: CANARY }, { toRaw: 1 }, [CANARY], [], {}, 7, true, null];

test.each([
  { path: '/token', failures: 'oauth', good: signIn, names: ['grant_type', 'username', 'password', 'scope'] },
  { path: '/token', failures: 'oauth', good: signIn, names: ['client_id', 'client_secret', 'resource'] },
  { path: '/signup', failures: 'problem', good: targets[1].good, names: ['email', 'password', 'given_name', 'scope'] },
] as const)('body: POST $path takes strings alone for $names', async ({ path, failures, good, names }) => {
  const { api, database } = await startService();
  await database.em.execute('drop table users'); // to ask for a user would be 500
  for (const name of names) {
    for (const value of odd) {
      const answer = await api.post(path, { ...good, [name]: value });
      expectFailure(answer, failures, 400, 'invalid_request', `${name}: ${JSON.stringify(value)}`);
    }
  }
});

/** NUL, which PostgreSQL cannot store; line breaks; an escape; a change of direction; a no-break space of no width. */
const hidden = ['\0', '\r\n', '\u001B', '\u202E', '\u200B', '\uFEFF'];

test('body: characters that cannot be seen are refused in names and addresses', async () => {
  const api = await startWithUser();
  for (const character of hidden) {
    const label = JSON.stringify(character);
    const username = `user1${character}@example.com`;
    expectFailure(await api.post('/token', { ...signIn, username }), 'oauth', 400, 'invalid_request', label);
    expectFailure(await api.form('/token', { ...signIn, username }), 'oauth', 400, 'invalid_request', label);
    const email = await api.post('/signup', { email: username, password: PASSWORD });
    expectFailure(email, 'problem', 400, 'invalid_request', label);
    const name = await api.post('/signup', { ...targets[1].good, preferred_username: `ann${character}e` });
    expectFailure(name, 'problem', 400, 'invalid_request', label);
  }
});

test('body: NUL is answered and not stored, wherever it stands', async () => {
  const api = await startWithUser();
  const parameters = ['client_id', 'scope', 'resource', 'remember_me', 'password', 'unknown', 'grant_type'];
  for (const name of parameters) {
    const answer = await api.form('/token', { ...signIn, [name]: `${CANARY}\0` });
    expect(answer.status, name).toBeLessThan(500);
    expectNothingLeaks(answer, name);
  }
  for (const name of ['given_name', 'family_name', 'name', 'locale', 'zoneinfo', 'password', 'scope', 'client_id']) {
    const answer = await api.post('/signup', { ...targets[1].good, [name]: `${CANARY}\0` });
    expect(answer.status, name).toBeGreaterThanOrEqual(400);
    expect(answer.status, name).toBeLessThan(500);
    expectNothingLeaks(answer, name);
  }
});

const goodForm = new URLSearchParams(signIn).toString();

const spoiledForms: Readonly<Record<string, string | Buffer>> = {
  'a broken escape': `${goodForm}&x=${CANARY}%zz`,
  'a truncated escape': `${goodForm}&x=${CANARY}%4`,
  'a broken escape in a name': `${goodForm}&%zz${CANARY}=1`,
  'escapes that are not UTF-8': `${goodForm}&x=${CANARY}%FF%FE`,
  'escapes that are overlong UTF-8': `${goodForm}&x=${CANARY}%C0%AF`,
  'bytes that are not UTF-8': bytes(`${goodForm}&x=${CANARY}\xFF`),
  'a parameter twice': `${goodForm}&password=${CANARY}`,
  'an unknown parameter twice': `${goodForm}&x=${CANARY}&x=${CANARY}`,
  'a parameter twice, once in escapes': `${goodForm}&p%61ssword=${CANARY}`,
  __proto__: `${goodForm}&__proto__=${CANARY}`,
  constructor: `${goodForm}&constructor=${CANARY}`,
  toString: `${goodForm}&toString=${CANARY}`,
  hasOwnProperty: `${goodForm}&hasOwnProperty`,
};

test('body: POST /token refuses a form that could be read in two ways', async () => {
  const api = await startWithUser();
  for (const [name, body] of Object.entries(spoiledForms)) {
    const answer = await send(api, '/token', 'application/x-www-form-urlencoded', body);
    expectFailure(answer, 'oauth', 400, 'invalid_request', name);
  }
  const answer = await send(api, '/token', 'application/x-www-form-urlencoded', goodForm);
  expect(answer.status).toBe(200);
});

test('body: what other parsers nest is a plain name in a form', async () => {
  const api = await startWithUser();
  const extra = 'constructor[prototype][polluted]=1&__proto__[polluted]=1&x[]=1&x[a]=2&constructor.prototype=1';
  const answer = await send(api, '/token', 'application/x-www-form-urlencoded', `${goodForm}&${extra}`);
  expect(answer.status).toBe(200);
  expectNothingLeaks(answer);
});
