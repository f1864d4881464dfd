import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { signingAlgorithms } from '../../src/keys/signing-key.ts';
import { type Api, PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';

const OAUTH = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';
const issuer = 'https://id.example';

const Metadata = z.looseObject({
  grant_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  id_token_signing_alg_values_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()).optional(),
});

/** Of RFC 6749, RFC 7523, RFC 8628 and RFC 8693, and two that nobody has. */
const grantsOfTheWorld = [
  'authorization_code',
  'client_credentials',
  'implicit',
  'password',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'Password',
  'refresh_token ',
];

const secret = { client_secret: 'secret' };
const assertion = {
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: 'e30.e30.e30',
};

/** How a client can prove who it is: the parameters and the header (RFC 6749 section 2.3.1, RFC 7523 section 2.2). */
const authentications: [method: string, parameters: Record<string, string>, headers: Record<string, string>][] = [
  ['client_secret_basic', {}, { Authorization: `Basic ${btoa('first-party:secret')}` }],
  ['client_secret_post', secret, {}],
  ['private_key_jwt', assertion, {}],
];

/** What a header can claim about the address of the service. */
const forgeries: Record<string, string>[] = [
  { Host: 'evil.example' },
  { Host: 'evil.example:80@id.example' },
  { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '8443' },
  { 'X-Forwarded-Prefix': '/evil', 'X-Original-Host': 'evil.example' },
  { Forwarded: 'host=evil.example;proto=https' },
];

test('discovery: the issuer is the configured string and the iss of tokens', async () => {
  const { api } = await startService({ env: { ISSUER: issuer } });
  const { tokens } = await api.signUp();
  expect(await discover(api)).toMatchObject({ issuer });
  expect(decodeJwt(tokens.access_token).iss).toBe(issuer);
});

test('discovery: without ISSUER it is the local address', async () => {
  const { api } = await startService();
  const { port } = new URL(api.baseUrl);
  expect(await discover(api)).toMatchObject({ issuer: `http://localhost:${port}` });
});

test('discovery: what OAuth and OpenID Connect clients ask for is stated', async () => {
  const { api } = await startService({ env: { ISSUER: issuer } });
  expect(await discover(api)).toMatchObject({
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: [],
    subject_types_supported: ['public'],
  });
});

test('discovery: every address in the document answers', async () => {
  const { api } = await startService({ env: { ISSUER: issuer } });
  const addresses = Object.entries(await discover(api)).filter(([, value]) => `${value}`.startsWith(`${issuer}/`));
  expect(addresses.map(([name]) => name).sort()).toEqual(expect.arrayContaining(['jwks_uri', 'token_endpoint']));
  for (const [name, address] of addresses) {
    // An endpoint of OAuth takes POST, whatever it then thinks of an empty one; everything else is there to be read.
    const method = name.endsWith('_endpoint') ? 'POST' : 'GET';
    const { status } = await api.send(method, `${address}`.slice(issuer.length));
    expect(method === 'GET' ? [200] : [200, 400, 401], `${name} ${address}`).toContain(status);
  }
});

test('discovery: both well-known paths give the same bytes', async () => {
  const { api } = await startService();
  const [oauth, openId] = [await api.get(OAUTH), await api.get(OPENID)];
  expect(oauth.status).toBe(200);
  expect(openId.text).toBe(oauth.text);
  expect(openId.headers.get('content-type')).toBe(oauth.headers.get('content-type'));
});

test('discovery: the only empty list is that of response types, whatever is configured', async () => {
  for (const options of [{}, { clients: [secondClient] }, { env: { FIRST_PARTY_CLIENT: '' } }]) {
    const { api } = await startService(options);
    const empty = Object.entries(await discover(api)).filter(([, value]) => Array.isArray(value) && value.length === 0);
    expect(empty).toEqual([['response_types_supported', []]]);
  }
});

test('discovery: exactly the grants that it lists are known to the token endpoint', async () => {
  const { api } = await startService();
  const { grant_types_supported: listed } = await discover(api);
  const known: string[] = [];
  for (const grant_type of new Set([...listed, ...grantsOfTheWorld])) {
    const { body } = await api.form('/token', { grant_type });
    if (body.error !== 'unsupported_grant_type') known.push(grant_type);
  }
  expect(known.sort()).toEqual([...listed].sort());
});

test('discovery: the grants that it lists give tokens', async () => {
  const { api, secrets } = await startService({ clients: [backend] });
  await api.signUp({ email: 'ada@example.com' });
  const { refresh_token } = await api.signIn('ada@example.com');
  await expect(api.refresh(refresh_token)).resolves.toMatchObject({ token_type: 'Bearer' });
  const secret = { client_id: backend.id, client_secret: secrets[backend.id] ?? '' };
  const own = await api.form('/token', { grant_type: 'client_credentials', ...secret });
  expect(own).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  const listed = (await discover(api)).grant_types_supported.sort();
  expect(listed).toEqual(['client_credentials', 'password', 'refresh_token']);
});

test('discovery: it lists how clients may prove who they are, and who need not', async () => {
  const metadata = await discover((await startService()).api);
  const proofs = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
  expect(metadata).toMatchObject({
    token_endpoint_auth_methods_supported: ['none', ...proofs],
    revocation_endpoint_auth_methods_supported: ['none', ...proofs],
    introspection_endpoint_auth_methods_supported: proofs,
  });
});

test.each(authentications)('discovery: %s is refused to a public client', async (_, parameters, headers) => {
  const { api } = await startService();
  const { refresh_token } = (await api.signUp()).tokens;
  const call = { client_id: 'first-party', grant_type: 'refresh_token', refresh_token, token: refresh_token };
  for (const path of ['/token', '/revoke']) {
    const { status, body } = await api.form(path, { ...call, ...parameters }, headers);
    expect({ path, status, error: body.error }).toEqual({ path, status: 401, error: 'invalid_client' });
  }
});

test('discovery: the scopes that it lists can be asked for and no others', async () => {
  const { api } = await startService({ clients: [secondClient] });
  const { scopes_supported: listed = [] } = await discover(api);
  expect(listed).toEqual(expect.arrayContaining([...secondClient.scopes]));
  await api.signUp({ email: 'ada@example.com' });
  const request = {
    grant_type: 'password',
    username: 'ada@example.com',
    password: PASSWORD,
  };
  const ask = (scope: string) => api.form('/token', { ...request, scope });
  for (const scope of listed) {
    const given = secondClient.scopes.includes(scope) ? scope : ''; // by the roles of the user
    expect((await ask(scope)).body, scope).toMatchObject({ scope: given });
  }
  expect((await ask('notes:delete')).body).toMatchObject({ error: 'invalid_scope' });
});

test.each(signingAlgorithms)('discovery: %s is listed when tokens are signed with it', async (alg) => {
  const { api } = await startService({ env: { SIGNING_ALG: alg } });
  const { tokens } = await api.signUp();
  expect((await discover(api)).id_token_signing_alg_values_supported).toEqual([alg]);
  expect(decodeProtectedHeader(tokens.access_token).alg).toBe(alg);
});

test.each([OAUTH, OPENID])('discovery: forged host headers change no byte of %s', async (path) => {
  const { api } = await startService();
  const honest = (await api.get(path)).text;
  for (const headers of forgeries) {
    expect(await readRaw(api.baseUrl + path, headers), JSON.stringify(headers)).toEqual({ status: 200, body: honest });
  }
});

test.each([OAUTH, OPENID])('discovery: %s can be read and nothing else', async (path) => {
  const { api } = await startService();
  expect((await fetch(api.baseUrl + path, { method: 'HEAD' })).status).toBe(200);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect((await api.send(method, path)).status, method).toBe(405);
  }
});

async function discover(api: Api) {
  return Metadata.parse((await api.get(OAUTH)).body);
}

/** Fetch keeps the Host field to itself. */
async function readRaw(url: string, headers: Record<string, string>) {
  const [answer] = await once(request(url, { headers }).end(), 'response');
  if (!(answer instanceof IncomingMessage)) throw new Error('That was no answer.');
  return { status: answer.statusCode, body: await text(answer) };
}
