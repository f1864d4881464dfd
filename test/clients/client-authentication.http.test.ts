import { describe, expect, test } from 'vitest';
import { digest } from '../../src/platform/secrets.ts';
import type { Answer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { onPostgres, type RunningService, startService } from '../harness/service.ts';
import { CANARY, expectFailure } from '../http/failures.ts';
import { asserted, basic, basicOf, type ClientKey, claimsOf, newKey, setSecrets, sign } from './credentials.ts';

const { id } = backend;
const grant = { grant_type: 'client_credentials' };

async function start() {
  const key = await newKey('ES256');
  const service = await startService({ clients: [{ ...backend, jwks: { keys: [key.jwk] }, hasSecret: true }] });
  return { service, key, api: service.api, secret: service.secrets[id] ?? 'none' };
}

interface Proof {
  readonly parameters?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

interface Means {
  readonly service: RunningService;
  readonly secret: string;
  readonly key: ClientKey;
}

const ways: [string, (means: Means) => Proof | Promise<Proof>][] = [
  ['client_secret_basic', ({ secret }) => ({ headers: basic(id, secret) })],
  ['client_secret_basic and the identifier', ({ secret }) => ({ headers: basic(id, secret), parameters: itself })],
  ['client_secret_post', ({ secret }) => ({ parameters: { ...itself, client_secret: secret } })],
  ['private_key_jwt', async (means) => ({ parameters: await assertion(means) })],
  ['private_key_jwt and the identifier', async (means) => ({ parameters: { ...itself, ...(await assertion(means)) } })],
];
const itself = { client_id: id };

const assertion = async ({ service, key }: Means) => asserted(await sign(key, claimsOf(service, id)));

function call({ api }: RunningService, path: string, body: object, { parameters, headers }: Proof): Promise<Answer> {
  return api.form(path, { ...body, ...parameters }, headers);
}

async function isActive({ service, secret }: Means, token: string): Promise<boolean> {
  return (await service.api.form('/introspect', { token }, basic(id, secret))).body.active;
}

describe('the ways of a client', () => {
  test.each(ways)('client: %s gives it a token of its own', async (_, prove) => {
    const means = await start();
    const answer = await call(means.service, '/token', grant, await prove(means));
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    expect(await isActive(means, answer.body.access_token)).toBe(true);
  });

  test.each(ways)('client: with %s it revokes its token', async (_, prove) => {
    const means = await start();
    const { access_token: token } = (await means.api.form('/token', grant, basic(id, means.secret))).body;
    const answer = await call(means.service, '/revoke', { token }, await prove(means));
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(await isActive(means, token)).toBe(false);
  });

  test('client: JSON proves it as a form does', async () => {
    const means = await start();
    for (const proof of [{ ...itself, client_secret: means.secret }, await assertion(means)]) {
      expect(await means.api.post('/token', { ...grant, ...proof })).toMatchObject({ status: 200 });
    }
    const byHeader = await means.api.post('/token', grant, basic(id, means.secret));
    expect(byHeader).toMatchObject({ status: 200 });
  });

  test('client: the name of the scheme ignores case', async () => {
    const { api, secret } = await start();
    const { Authorization } = basic(id, secret);
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      const answer = await api.form('/token', grant, { Authorization: Authorization.replace('Basic', scheme) });
      expect(answer).toMatchObject({ status: 200 });
    }
  });
});

describe('the encoding of Basic', () => {
  test.each([
    'a:b',
    ':',
    '::a::',
    '100%',
    '%41',
    '%zz',
    'one+one',
    'two words',
    ' around ',
    'Grüße, Привет, 🔑',
    'a=b&c',
    '"quoted\\"',
    "~!*'()",
  ])('client: the secret "%s" is form-encoded in the header, and plain in the body', async (secret) => {
    const { service, api } = await start();
    await setSecrets(service, id, secret);
    expect(await api.form('/token', grant, basic(id, secret))).toMatchObject({ status: 200 });
    expect(await api.form('/token', { ...grant, ...itself, client_secret: secret })).toMatchObject({ status: 200 });
  });

  test('client: only the first colon splits', async () => {
    const { service, api } = await start();
    await setSecrets(service, id, 'a:b:c');
    expect(await api.form('/token', grant, basicOf(`${id}:a:b:c`))).toMatchObject({ status: 200 });
    expectFailure(await api.form('/token', grant, basicOf(`${id}%3Aa:b:c`)), 'oauth', 401, 'invalid_client');
    expectFailure(await api.form('/token', grant, basicOf(`${id}:a`)), 'oauth', 401, 'invalid_client');
  });

  test('client: an encoded secret that is not decoded is another', async () => {
    const { service, api } = await start();
    await setSecrets(service, id, 'a b');
    expectFailure(await api.form('/token', grant, basic(id, 'a+b')), 'oauth', 401, 'invalid_client');
    expectFailure(await api.form('/token', grant, basic(id, 'a%20b')), 'oauth', 401, 'invalid_client');
  });
});

const doubled: typeof ways = [
  ['Basic and a secret', ({ secret }) => ({ headers: basic(id, secret), parameters: { client_secret: secret } })],
  [
    'Basic and an assertion',
    async (means) => ({ headers: basic(id, means.secret), parameters: await assertion(means) }),
  ],
  [
    'a secret and an assertion',
    async (means) => ({ parameters: { ...itself, client_secret: means.secret, ...(await assertion(means)) } }),
  ],
  ['Basic and another identifier', ({ secret }) => ({ headers: basic(id, secret), parameters: { client_id: CANARY } })],
  [
    'Basic and the identifier in another case',
    ({ secret }) => ({ headers: basic(id, secret), parameters: { client_id: id.toUpperCase() } }),
  ],
  ['a secret without an identifier', ({ secret }) => ({ parameters: { client_secret: secret } })],
];

describe('one way at a time', () => {
  test.each(doubled)('client: %s is a malformed request, and nothing happens', async (_, prove) => {
    const means = await start();
    const { access_token: token } = (await means.api.form('/token', grant, basic(id, means.secret))).body;
    for (const [path, body] of [
      ['/token', grant],
      ['/revoke', { token }],
      ['/introspect', { token }],
    ] as const) {
      const answer = await call(means.service, path, body, await prove(means));
      expectFailure(answer, 'oauth', 400, 'invalid_request', path);
    }
    expect(await isActive(means, token)).toBe(true);
    expect(await means.service.database.em.execute('select * from used_assertions')).toEqual([]);
  });
});

describe('secrets', () => {
  test('client: two secrets are good at once, and one that was replaced is not', async () => {
    const { service, api } = await start();
    const works = async (secret: string) => (await api.form('/token', grant, basic(id, secret))).status;
    await setSecrets(service, id, 'the first', 'the second');
    expect([await works('the first'), await works('the second'), await works('the third')]).toEqual([200, 200, 401]);
    await setSecrets(service, id, 'the second', 'the third');
    expect([await works('the first'), await works('the second'), await works('the third')]).toEqual([401, 200, 200]);
  });

  test('client: without any secret it has none that fits', async () => {
    const { service, api, secret } = await start();
    await setSecrets(service, id);
    for (const tried of [secret, '', 'undefined', 'null']) {
      expectFailure(await api.form('/token', grant, basic(id, tried)), 'oauth', 401, 'invalid_client', tried);
    }
  });

  test('client: its secret has 256 bits, and a dump of the database holds only the digest', async () => {
    const { service, api, secret } = await start();
    await api.form('/token', grant, basic(id, secret));
    const dump = await dumpOf(service);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(dump).toContain(digest(secret));
    expect(dump).not.toContain(secret);
    expect(dump).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  });
});

async function dumpOf({ database }: RunningService): Promise<string> {
  const tables = onPostgres
    ? "select tablename as name from pg_tables where schemaname = 'public'"
    : "select name from sqlite_master where type = 'table'";
  const names: { name: string }[] = await database.em.execute(tables);
  const rows = await Promise.all(names.map(({ name }) => database.em.execute(`select * from ${name}`)));
  return JSON.stringify(rows);
}
