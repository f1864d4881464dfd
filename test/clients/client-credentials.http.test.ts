import { decodeJwt } from 'jose';
import { discoveryRequest, processDiscoveryResponse, validateJwtAccessToken } from 'oauth4webapi';
import { describe, expect, test } from 'vitest';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { startTlsService } from '../contract/tls.ts';
import { bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from '../http/failures.ts';
import { basic } from './credentials.ts';

const { id } = backend;
const [notes] = backend.audiences;
const grant = { grant_type: 'client_credentials' };

async function start(changes: Partial<ClientRegistration> = {}) {
  const service = await startService({ clients: [{ ...backend, ...changes }] });
  const headers = basic(id, service.secrets[id] ?? 'none');
  const ask = (parameters: object = {}) => service.api.form('/token', { ...grant, ...parameters }, headers);
  const introspect = async (token: string) => (await service.api.form('/introspect', { token }, headers)).body;
  return { ...service, headers, ask, introspect };
}

describe('the answer', () => {
  test('client credentials: there is an access token, and neither a refresh token nor a session', async () => {
    const { ask, database } = await start();
    const { status, headers, body } = await ask();
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 300,
      refresh_after: expect.any(Number),
      scope: 'notes:read notes:write',
    });
    expect(Object.fromEntries(headers)).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    expect(await database.em.execute('select * from sessions')).toEqual([]);
  });

  test('client credentials: the token says who the client is, and nothing of any person', async () => {
    const { ask, clock, config } = await start();
    const iat = Math.floor(clock.now().getTime() / 1000);
    expect(decodeJwt((await ask({ username: 'ada@example.com', password: CANARY })).body.access_token)).toEqual({
      iss: config.issuer,
      sub: id,
      client_id: id,
      aud: notes,
      scope: 'notes:read notes:write',
      jti: expect.any(String),
      iat,
      exp: iat + 300,
    });
  });

  test('client credentials: a resource server accepts the token (RFC 9068)', async () => {
    const { api, issuer, secrets } = await startTlsService({ clients: [backend] });
    const { body } = await api.form('/token', grant, basic(id, secrets[id] ?? 'none'));
    const url = new URL(issuer);
    const server = await processDiscoveryResponse(url, await discoveryRequest(url, { algorithm: 'oauth2' }));
    const request = new Request(`${notes}/all`, { headers: bearer(body.access_token) });
    const claims = await validateJwtAccessToken(server, request, notes ?? 'none');
    expect(claims).toMatchObject({ iss: issuer, sub: id, client_id: id, aud: notes });
  });

  test('client credentials: two tokens are two', async () => {
    const { ask } = await start();
    const jtis = [decodeJwt((await ask()).body.access_token).jti, decodeJwt((await ask()).body.access_token).jti];
    expect(new Set(jtis).size).toBe(2);
  });

  test('client credentials: the client can have a life of its own for its tokens', async () => {
    const { ask, clock, introspect } = await start({ accessTokenSeconds: 60 });
    const { access_token, expires_in, refresh_after } = (await ask()).body;
    const { iat = 0, exp } = decodeJwt(access_token);
    expect({ expires_in, exp }).toEqual({ expires_in: 60, exp: iat + 60 });
    expect(refresh_after).toBeLessThan(60);
    clock.advance({ seconds: 59 });
    expect(await introspect(access_token)).toMatchObject({ active: true });
    clock.advance({ seconds: 12 });
    expect(await introspect(access_token)).toEqual({ active: false });
  });
});

describe('the scope', () => {
  test.each([
    ['nothing', {}, 'notes:read notes:write'],
    ['an empty one', { scope: '' }, 'notes:read notes:write'],
    ['a narrower one', { scope: 'notes:write' }, 'notes:write'],
    ['all of it', { scope: 'notes:write notes:read' }, 'notes:write notes:read'],
  ])('client credentials: %s is asked for and granted', async (_, parameters, scope) => {
    const { ask } = await start();
    const { body } = await ask(parameters);
    expect(body.scope).toBe(scope);
    expect(decodeJwt(body.access_token).scope).toBe(scope);
  });

  test.each([
    'users:read',
    'notes:read users:read',
    'NOTES:READ',
    'notes',
    'notes:read  notes:write',
    ' notes:read',
    'notes:read ',
    'notes:read\tnotes:write',
    '"notes:read"',
    'notes\\:read',
    'notes:réad',
    'any',
    '*',
  ])('client credentials: the scope "%s" is refused', async (scope) => {
    const { ask } = await start();
    expectFailure(await ask({ scope }), 'oauth', 400, 'invalid_scope');
  });

  test('client credentials: a client that may have nothing gets nothing', async () => {
    const { ask } = await start({ scopes: [] });
    expect(await ask()).toMatchObject({ status: 200, body: { scope: '' } });
    for (const scope of ['notes:read', ' ', '  ']) {
      expectFailure(await ask({ scope }), 'oauth', 400, 'invalid_scope', scope);
    }
  });

  test('client credentials: a scope of 5 KB is malformed', async () => {
    const { ask } = await start();
    const answer = await ask({ scope: 'notes:read '.repeat(450).trim() });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('the audience', () => {
  const audiences = ['https://notes.example', 'https://mail.example'];

  test.each([
    ['the first by default', {}, audiences[0]],
    ['the one that is asked for', { resource: audiences[1] }, audiences[1]],
  ])('client credentials: it is %s', async (_, parameters, aud) => {
    const { ask } = await start({ audiences });
    expect(decodeJwt((await ask(parameters)).body.access_token).aud).toBe(aud);
  });

  test('client credentials: without any of its own the client has that of the deployment', async () => {
    const { ask, config } = await start({ audiences: [] });
    expect(decodeJwt((await ask()).body.access_token).aud).toBe(config.issuer);
    expectFailure(await ask({ resource: notes }), 'oauth', 400, 'invalid_target');
  });

  test.each([`https://${CANARY}.example`, 'https://notes.example/', 'HTTPS://notes.example', 'notes.example', '%'])(
    'client credentials: the resource %s is refused',
    async (resource) => {
      const { ask } = await start({ audiences });
      expectFailure(await ask({ resource }), 'oauth', 400, 'invalid_target');
    },
  );
});

describe('who may ask', () => {
  test('client credentials: a client without the grant may not', async () => {
    const { ask } = await start({ grants: ['password', 'refresh_token'] });
    expectFailure(await ask(), 'oauth', 400, 'unauthorized_client');
  });

  test('client credentials: a public client may not, whatever grants it has', async () => {
    const { api } = await start({ type: 'public' });
    expectFailure(await api.form('/token', { ...grant, client_id: id }), 'oauth', 400, 'unauthorized_client');
    expectFailure(await api.form('/token', grant), 'oauth', 400, 'unauthorized_client');
  });
});
