// What may be said of a client when it is registered or changed, and what may not.
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { readTables } from '../accounts/mailbox.ts';
import { expectFailure } from '../http/failures.ts';
import { startWithAdmin } from './administration.ts';

const program = { id: 'reports', name: 'Reports', type: 'confidential', grants: ['client_credentials'] };
const app = { id: 'notes', name: 'Notes', type: 'public', first_party: true, grants: ['password', 'refresh_token'] };
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const NUL = 'a\u0000b';

const accepted: Record<string, object> = {
  'a confidential one': program,
  'a public one': app,
  'a confidential one of the same house': { ...app, type: 'confidential' },
  'one with every grant': {
    ...program,
    first_party: true,
    grants: ['password', 'refresh_token', 'client_credentials'],
  },
  'one with a key': { ...program, jwks: { keys: [key] } },
  'one whose pages may call': { ...app, cors_origins: ['https://app.example', 'http://localhost:5173'] },
  'one with every character of an identifier': { ...program, id: `A0._~-${'z'.repeat(58)}` },
  'one with a URN for its audience': { ...program, audiences: ['urn:notes', 'https://notes.example/?a=b'] },
  'the shortest life of a token': { ...program, access_token_seconds: 10 },
  'the longest life of a token': { ...program, access_token_seconds: 3600 },
  'a scope of odd characters': { ...program, scopes: ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~"] },
};

test.each(Object.entries(accepted))('admin: %s is registered', async (_, registration) => {
  const { admin } = await startWithAdmin();
  const { status, body } = await admin.post('/admin/clients', registration);
  expect({ status, client: body.client }).toMatchObject({ status: 201, client: registration });
});

const refused: [string, object, string][] = [
  ['nothing but a name', { name: 'Reports' }, '/id'],
  ['an origin with a path', { ...app, cors_origins: ['https://app.example/'] }, '/cors_origins/0'],
  ['an origin that is a pattern', { ...app, cors_origins: ['https://*.app.example'] }, '/cors_origins/0'],
  ['every origin', { ...app, cors_origins: ['*'] }, '/cors_origins/0'],
  ['the origin that is none', { ...app, cors_origins: ['null'] }, '/cors_origins/0'],
  ['no name', { ...program, name: undefined }, '/name'],
  ['an empty name', { ...program, name: '' }, '/name'],
  ['a name that is too long', { ...program, name: 'a'.repeat(201) }, '/name'],
  ['a NUL in its name', { ...program, name: NUL }, '/name'],
  ['an empty identifier', { ...program, id: '' }, '/id'],
  ['an identifier that is too long', { ...program, id: 'a'.repeat(65) }, '/id'],
  ['an identifier that begins with a dot', { ...program, id: '.a' }, '/id'],
  ['a slash in its identifier', { ...program, id: 'a/b' }, '/id'],
  ['a colon in its identifier', { ...program, id: 'a:b' }, '/id'],
  ['a line break in its identifier', { ...program, id: 'reports\n' }, '/id'],
  ['a NUL in its identifier', { ...program, id: NUL }, '/id'],
  ['an identifier like that of a user', { ...program, id: '01a1fee1-6052-7c2e-acc5-e51089a86d0b' }, '/id'],
  ['the same in capitals', { ...program, id: '01A1FEE1-6052-7C2E-ACC5-E51089A86D0B' }, '/id'],
  ['a type that is none', { ...program, type: 'secret' }, '/type'],
  ['no grants', { ...program, grants: [] }, '/grants'],
  ['a grant that is none', { ...program, grants: ['implicit'] }, '/grants/0'],
  ['tokens of its own without a secret', { ...app, grants: ['client_credentials'] }, '/grants'],
  ['a key without a secret', { ...app, jwks: { keys: [key] } }, '/jwks'],
  ['a secret that cannot be kept', { ...app, secret: true }, '/secret'],
  ['neither a secret nor a key', { ...program, secret: false }, '/secret'],
  ['a secret that is none', { ...program, secret: 'mine' }, '/secret'],
  ['passwords for another house', { ...program, grants: ['password'] }, '/grants'],
  ['passwords for another house, in public', { ...app, first_party: false }, '/grants'],
  ['a space in a scope', { ...program, scopes: ['a', 'a b'] }, '/scopes/1'],
  ['a quote in a scope', { ...program, scopes: ['a"b'] }, '/scopes/0'],
  ['an empty scope', { ...program, scopes: [''] }, '/scopes/0'],
  ['a letter with an accent in a scope', { ...program, scopes: ['\u00e9'] }, '/scopes/0'],
  ['a NUL in a scope', { ...program, scopes: [NUL] }, '/scopes/0'],
  ['too many scopes', { ...program, scopes: Array(101).fill('a') }, '/scopes'],
  ['an audience that is no URI', { ...program, audiences: ['notes'] }, '/audiences/0'],
  ['an audience with a fragment', { ...program, audiences: ['https://notes.example/#a'] }, '/audiences/0'],
  ['a NUL in an audience', { ...program, audiences: [`https://notes.example/${NUL}`] }, '/audiences/0'],
  ['the private half of a key', { ...program, jwks: { keys: [{ ...key, d: 'd' }] } }, '/jwks/keys/0/d'],
  ['a key that is a secret', { ...program, jwks: { keys: [{ kty: 'oct', k: 'k' }] } }, '/jwks/keys/0/kty'],
  ['a NUL in a key', { ...program, jwks: { keys: [{ ...key, kid: NUL }] } }, '/jwks/keys/0/kid'],
  ['no keys', { ...program, jwks: { keys: [] } }, '/jwks/keys'],
  ['keys that are elsewhere', { ...program, jwks_uri: 'https://notes.example/keys' }, '/jwks_uri'],
  ['a token that is dead at once', { ...program, access_token_seconds: 9 }, '/access_token_seconds'],
  ['a token that lives too long', { ...program, access_token_seconds: 3601 }, '/access_token_seconds'],
  ['half a second', { ...program, access_token_seconds: 60.5 }, '/access_token_seconds'],
  ['a secret of its own', { ...program, client_secret: 'secret' }, '/client_secret'],
  ['a digest', { ...program, secrets: [] }, '/secrets'],
  ['a state', { ...program, disabled: true }, '/disabled'],
];

test.each(refused)('admin: a client with %s is not registered', async (_, registration, pointer) => {
  const world = await startWithAdmin();
  const before = await readTables(world);
  const answer = await world.admin.post('/admin/clients', registration);
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  expect(await readTables(world)).toEqual(before);
});

const changes: [object, string][] = [
  [{ id: 'other' }, '/id'],
  [{ type: 'public' }, '/type'],
  [{ first_party: true }, '/first_party'],
  [{ grants: ['password'] }, '/grants'],
  [{ jwks: null }, '/jwks'],
  [{ secrets: [] }, '/secrets'],
  [{ client_secret: 'secret' }, '/client_secret'],
  [{ name: '' }, '/name'],
  [{ name: null }, '/name'],
  [{ name: NUL }, '/name'],
  [{ scopes: ['a b'] }, '/scopes/0'],
  [{ audiences: ['notes'] }, '/audiences/0'],
  [{ disabled: 'yes' }, '/disabled'],
];

test.each(changes)('admin: a client is not changed by %j', async (change, pointer) => {
  const world = await startWithAdmin();
  await world.admin.post('/admin/clients', program);
  const before = await readTables(world);
  const answer = await world.admin.patch('/admin/clients/reports', change);
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors).toMatchObject([{ pointer }]);
  expect(await readTables(world)).toEqual(before);
});

test.each(['nothing', 'REPORTS', '%F0%9F%98%80', '..'])('admin: there is no client "%s"', async (id) => {
  const { admin } = await startWithAdmin();
  await admin.post('/admin/clients', program);
  expect((await admin.get(`/admin/clients/${id}`)).status).toBe(404);
  expect((await admin.patch(`/admin/clients/${id}`, {})).status).toBe(404);
});

test.each(['a'.repeat(65), '%00'])('admin: no client can be called "%s"', async (id) => {
  const { admin } = await startWithAdmin();
  for (const answer of [await admin.get(`/admin/clients/${id}`), await admin.del(`/admin/clients/${id}`)]) {
    expectFailure(answer, 'problem', 400, 'invalid_request');
  }
});

test('admin: of many registrations with one identifier at once one is done', async () => {
  const { admin } = await startWithAdmin();
  const answers = await Promise.all(Array.from({ length: 5 }, () => admin.post('/admin/clients', program)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
});

test.each([
  ['a confidential client', program, 1],
  ['a confidential client that says so', { ...program, secret: true }, 1],
  ['a client with keys', { ...program, jwks: { keys: [key] } }, 0],
  ['a client with keys that says so', { ...program, jwks: { keys: [key] }, secret: false }, 0],
  ['a client with keys that asks for both', { ...program, jwks: { keys: [key] }, secret: true }, 1],
  ['a public client', app, 0],
  ['a public client that says so', { ...app, secret: false }, 0],
])('admin: %s has as many secrets as it should', async (_, registration, secrets) => {
  const { admin } = await startWithAdmin();
  const { status, body } = await admin.post('/admin/clients', registration);
  expect(status).toBe(201);
  expect(body.client.secrets_since).toHaveLength(secrets);
  expect(body.client_secret).toEqual(secrets === 0 ? null : expect.any(String));
});

test('admin: a client with keys gets a secret when one is added, which is an act of its own', async () => {
  const { admin, api } = await startWithAdmin();
  await admin.post('/admin/clients', { ...program, jwks: { keys: [key] } });
  const guess = { grant_type: 'client_credentials', client_id: program.id };
  expect((await api.form('/token', { ...guess, client_secret: '' })).status).toBe(401);
  const { client_secret } = (await admin.post(`/admin/clients/${program.id}/secrets`)).body;
  expect((await api.form('/token', { ...guess, client_secret })).status).toBe(200);
});
