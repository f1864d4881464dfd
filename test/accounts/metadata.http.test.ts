import { describe, expect, test } from 'vitest';
import { startService } from '../harness/service.ts';

async function startWithAnn() {
  const service = await startService();
  const { user, tokens } = await service.api.signUp();
  const put = (metadata: unknown) => service.api.patch('/me', { metadata }, tokens.access_token);
  const stored = async () => (await service.users.find(user.id))?.metadata;
  return { ...service, user, tokens, put, stored };
}

/** An object of exactly so many bytes as JSON. */
function ofBytes(bytes: number, filling = 'x') {
  const room = bytes - Buffer.byteLength(JSON.stringify({ a: '' }));
  const wide = Math.floor(room / Buffer.byteLength(filling));
  return { a: filling.repeat(wide) + 'x'.repeat(room - wide * Buffer.byteLength(filling)) };
}

describe('metadata: comes back as it was sent', () => {
  test.each([
    ['empty', {}],
    ['with an empty name', { '': '' }],
    ['nested', { a: { b: { c: [1, [2, { d: null }], {}] } }, e: [], f: {} }],
    ['as deep as a body may be', { a: { b: { c: { d: { e: { f: {} } } } } } }],
    ['with small and large numbers', { n: [0, 1, -1.5, 0.1, 1e-7, 1e21, 2 ** 53 - 1, -(2 ** 53 - 1), 12345678901] }],
    ['with the largest and the smallest number', { n: [Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON] }],
    ['with truth, falsehood and nothing', { yes: true, no: false, nothing: null }],
    ['with letters of many scripts', { '\u540d\u524d': '\u00e9 e\u0301 \u{1f40e} \u0639', '\u{1f600}': '\u2028' }],
    ['with control characters', { a: '\u0001\b\f\n\r\t\u007f' }],
    ['with quotes', { a: `"'\\/\`$1`, '"': "'; drop table users; --" }],
    ['that looks like something else', { date: '2026-01-01T00:00:00.000Z', json: '{"a":1}', number: '007' }],
    ['with names in any order', { z: 1, a: 2, mm: 3, '10': 4, '9': 5 }],
  ])('%s', async (_, metadata) => {
    const { api, tokens, put, stored } = await startWithAnn();
    const { status, body } = await put(metadata);
    expect(status).toBe(200);
    expect(body.metadata).toEqual(metadata);
    expect((await api.me(tokens.access_token)).metadata).toEqual(metadata);
    expect(await stored()).toEqual(metadata);
  });
});

test('metadata: is replaced as a whole, and stays when it is not named', async () => {
  const { api, tokens, put, stored } = await startWithAnn();
  await put({ plan: 'pro', seats: { used: 3 } });
  expect((await put({ seats: {} })).body.metadata).toEqual({ seats: {} });
  await api.patch('/me', { name: 'Ann' }, tokens.access_token);
  expect(await stored()).toEqual({ seats: {} });
  expect((await put({})).body.metadata).toEqual({});
});

test("metadata: is one's own", async () => {
  const { api, put } = await startWithAnn();
  const { tokens } = await api.signUp();
  await put({ plan: 'pro' });
  expect(await api.me(tokens.access_token)).toMatchObject({ metadata: {} });
});

describe('metadata: has 4096 bytes at most', () => {
  test.each(['x', '\u00e9', '\u{1f40e}', '"'.repeat(1)])('of %s', async (filling) => {
    const { put, stored } = await startWithAnn();
    const [fits, more] =
      filling === '"' ? [ofQuotes(4096), ofQuotes(4098)] : [ofBytes(4096, filling), ofBytes(4097, filling)];
    expect(Buffer.byteLength(JSON.stringify(fits))).toBe(4096);
    expect((await put(more)).body).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/metadata', code: 'metadata_too_large' }],
    });
    expect(await stored()).toEqual({});
    expect((await put(fits)).body.metadata).toEqual(fits);
  });

  /** A quote is two bytes in JSON. */
  function ofQuotes(bytes: number) {
    return { a: '"'.repeat((bytes - 8) / 2) };
  }

  test('however much white space it is sent with', async () => {
    const { api, tokens } = await startWithAnn();
    const answer = await api.send('PATCH', '/me', {
      body: `{"metadata":{"a":${' '.repeat(10_000)}1}}`,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer).toMatchObject({ status: 200, body: { metadata: { a: 1 } } });
  });
});

test.each([
  ['in a value', { a: 'x\0' }],
  ['in a name', { 'x\0': 1 }],
  ['in a list', { a: ['x', ['\0']] }],
  ['in a nested value', { a: { b: { c: { d: '\0' } } } }],
  ['in a nested name', { a: [{ b: { 'c\0d': null } }] }],
  ['beside others', { a: 1, b: { c: 'fine' }, d: ['', '\0'] }],
])('metadata: a NUL %s is refused', async (_, metadata) => {
  const { put, stored } = await startWithAnn();
  const { status, body } = await put(metadata);
  expect(status).toBe(400);
  expect(body.errors).toMatchObject([{ pointer: '/metadata', code: 'invalid' }]);
  expect(await stored()).toEqual({});
});

test.each([[[]], [['a']], ['text'], [''], [null], [1], [true]])('metadata: %j is refused', async (metadata) => {
  const { put, stored } = await startWithAnn();
  const { status, body } = await put(metadata);
  expect(status).toBe(400);
  expect(body.errors).toMatchObject([{ pointer: '/metadata', code: 'wrong_type' }]);
  expect(await stored()).toEqual({});
});

test.each([
  '{"__proto__":{"admin":true}}',
  '{"a":{"__proto__":null}}',
  '{"a":[{"constructor":{"prototype":{"admin":true}}}]}',
  '{"a":1,"a":2}',
  '{"a":1e400}',
  '{"a":"\\ud800"}',
  `${'{"a":'.repeat(8)}1${'}'.repeat(8)}`,
])('metadata: %s is refused', async (text) => {
  const { api, tokens, stored } = await startWithAnn();
  const answer = await api.send('PATCH', '/me', {
    body: `{"metadata":${text}}`,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.access_token}` },
  });
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  expect(await stored()).toEqual({});
  expect(Reflect.get({}, 'admin')).toBeUndefined();
});
