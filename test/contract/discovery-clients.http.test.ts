// What the metadata says of clients (RFC 8414 section 2), held against what each endpoint does.
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Role } from '../../src/roles/role.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { basic, monitor, portal } from '../tokens/asking.ts';
import { assertion, type Credentials, keyring } from './proofs.ts';

const issuer = 'https://id.example';
const env = { ISSUER: issuer };
const clients = [secondClient, backend, monitor, portal];
const endpoints = ['token', 'revocation', 'introspection'] as const;

const Metadata = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

async function discover({ api }: Pick<RunningService, 'api'>) {
  const metadata = Metadata.parse((await api.get('/.well-known/oauth-authorization-server')).body);
  return { metadata, list: (name: string) => z.array(z.string()).parse(metadata[name]) };
}

/** Something that every client may ask of the endpoint, which changes nothing. */
const requests = {
  token: ['/token', { grant_type: 'refresh_token', refresh_token: 'unknown' }],
  revocation: ['/revoke', { token: 'unknown' }],
  introspection: ['/introspect', { token: 'unknown' }],
} as const;

/** True when the endpoint has found out who is calling, whatever it then thinks of the request. */
async function admits({ api }: Pick<RunningService, 'api'>, endpoint: (typeof endpoints)[number], way: Credentials) {
  const [path, request] = requests[endpoint];
  const [parameters, headers] = way;
  return isAdmitted(await api.form(path, { ...request, ...parameters }, headers));
}

function isAdmitted({ status, body }: Answer): boolean {
  if (status === 401 && body.error === 'invalid_client') return false;
  expect([200, 400]).toContain(status);
  if (status === 400) expect(['invalid_grant', 'unauthorized_client']).toContain(body.error);
  return true;
}

describe('how clients prove who they are', () => {
  test('discovery: the three endpoints that clients call, stated under the issuer', async () => {
    const { metadata } = await discover(await startService({ env }));
    expect(metadata).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      introspection_endpoint: `${issuer}/introspect`,
    });
  });

  test.each(endpoints)('discovery: exactly the listed methods are admitted for %s', async (endpoint) => {
    const { privateKey: key, publicKey } = await generateKeyPair('ES256');
    const keyed = { ...backend, id: 'keyed', jwks: { keys: [await exportJWK(publicKey)] } };
    const service = await startService({ env, clients: [...clients, keyed] });
    const secret = service.secrets[backend.id] ?? '';
    const shared = { alg: 'HS256', key: new TextEncoder().encode(secret) };
    const ways: Record<string, Credentials> = {
      none: [{ client_id: secondClient.id }],
      client_secret_basic: [{}, basic(backend.id, secret)],
      client_secret_post: [{ client_id: backend.id, client_secret: secret }],
      client_secret_jwt: await assertion(service, backend, shared),
      private_key_jwt: await assertion(service, keyed, { alg: 'ES256', key }),
      tls_client_auth: [{ client_id: backend.id }],
      bearer: [{ client_id: backend.id }, { Authorization: `Bearer ${secret}` }],
    };
    const admitted: string[] = [];
    for (const [method, way] of Object.entries(ways)) {
      if (await admits(service, endpoint, way)) admitted.push(method);
    }
    const { list } = await discover(service);
    expect(admitted.sort()).toEqual(list(`${endpoint}_endpoint_auth_methods_supported`).sort());
  });

  test.each(endpoints)('discovery: a wrong proof of a listed method is not admitted for %s', async (endpoint) => {
    const { publicKey } = await generateKeyPair('ES256');
    const { privateKey: key } = await generateKeyPair('ES256');
    const keyed = { ...backend, id: 'keyed', jwks: { keys: [await exportJWK(publicKey)] } };
    const service = await startService({ env, clients: [...clients, keyed] });
    const ways: Credentials[] = [
      [{ client_id: backend.id }],
      [{}, basic(backend.id, 'wrong')],
      [{ client_id: backend.id, client_secret: 'wrong' }],
      await assertion(service, keyed, { alg: 'ES256', key }),
    ];
    for (const way of ways) expect(await admits(service, endpoint, way), JSON.stringify(way)).toBe(false);
  });

  test.each(endpoints)('discovery: exactly the listed algorithms are admitted for %s', async (endpoint) => {
    const { keyed, signings } = await keyring();
    const service = await startService({ env, clients: [keyed] });
    const admitted: string[] = [];
    for (const signing of signings) {
      if (await admits(service, endpoint, await assertion(service, keyed, signing))) admitted.push(signing.alg);
    }
    const { list } = await discover(service);
    expect(admitted.sort()).toEqual(list(`${endpoint}_endpoint_auth_signing_alg_values_supported`).sort());
  });
});

describe('what can be asked for', () => {
  const ada = { username: 'ada@example.com', password: PASSWORD };

  /** True when somebody is given a token for it: a person, or one of the services. */
  async function canBeAsked({ api, secrets }: RunningService, scope: string): Promise<boolean> {
    const asked = [await api.form('/token', { grant_type: 'password', ...ada, scope })];
    for (const { id } of [backend, monitor, portal]) {
      const proof = { client_id: id, client_secret: secrets[id] ?? '' };
      asked.push(await api.form('/token', { grant_type: 'client_credentials', ...proof, scope }));
    }
    for (const { status, body } of asked) if (status !== 200) expect(body.error).toBe('invalid_scope');
    return asked.some(({ status }) => status === 200);
  }

  test('discovery: exactly the listed scopes can be asked for, by one client or another', async () => {
    const service = await startService({ env, clients });
    await service.api.signUp({ email: ada.username });
    // Not all that a service may have is given by the role of a person.
    await service.database.em.fork().nativeUpdate(Role, { name: 'user' }, { scopes: ['notes:read', 'mail:read'] });
    const listed = (await discover(service)).list('scopes_supported');
    const known = [...listed, ...clients.flatMap(({ scopes }) => scopes)];
    const granted: string[] = [];
    for (const scope of new Set([...known, 'openid', 'offline_access', 'notes:delete', 'admin'])) {
      if (await canBeAsked(service, scope)) granted.push(scope);
    }
    expect(granted.sort()).toEqual(listed.sort());
  });

  test('discovery: no scope is listed twice', async () => {
    const service = await startService({ env, clients });
    const at = service.clock.now();
    const scopes = ['notes:read', 'users:read'];
    await service.database.em
      .fork()
      .insert(Role, { name: 'editor', description: '', scopes, createdAt: at, updatedAt: at });
    const listed = (await discover(service)).list('scopes_supported');
    expect(listed).toHaveLength(new Set(listed).size);
  });

  test('discovery: no list is empty but that of response types', async () => {
    for (const options of [{}, { clients: [] }, { clients }, { env: { ...env, FIRST_PARTY_CLIENT: '' } }]) {
      const { metadata } = await discover(await startService(options));
      const empty = Object.keys(metadata).filter((name) => metadata[name]?.length === 0);
      expect(empty).toEqual(['response_types_supported']);
      for (const name of ['token', 'revocation', 'introspection']) {
        expect(metadata).toHaveProperty(`${name}_endpoint_auth_methods_supported`);
      }
    }
  });
});
