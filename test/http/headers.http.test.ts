import { expect, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { baseHeaders } from './failures.ts';
import { exchange } from './raw-socket.ts';

/** One answer of each status that a healthy service gives. */
async function answersOf({ api }: RunningService) {
  const { tokens } = await api.signUp();
  const jwks = await api.get('/.well-known/jwks.json');
  const etag = `If-None-Match: ${jwks.headers.get('etag')}`;
  return {
    'GET 200': await api.get('/me', tokens.access_token),
    'YAML 200': await api.get('/openapi.yaml'),
    'token 200': await api.tryRefresh(tokens.refresh_token),
    'JWKS 200': jwks,
    'metadata 200': await api.get('/.well-known/openid-configuration'),
    'revoke 200': await api.form('/revoke', { token: 'unknown' }),
    201: await api.post('/signup', { email: 'new@example.com', password: 'correct horse battery' }),
    204: await api.post('/logout', {}, bearer(tokens.access_token)),
    'OPTIONS 204': await api.send('OPTIONS', '/token'),
    304: await exchange(api.baseUrl, ['GET /.well-known/jwks.json HTTP/1.1', 'Host: x', 'Connection: close', etag]),
    400: await api.post('/token', {}),
    401: await api.get('/me'),
    404: await api.get('/nowhere'),
    405: await api.get('/token'),
    409: await api.post('/signup', { email: 'new@example.com', password: 'correct horse battery' }),
    413: await api.post('/signup', { padding: ' '.repeat(17_000) }),
    415: await api.send('POST', '/signup', { body: '{}' }),
  };
}

/** What may be stored: public keys, the metadata, and the contract. */
const storable: Record<string, string> = {
  'JWKS 200': 'public, max-age=300',
  'metadata 200': 'public, max-age=300',
  '304': 'public, max-age=300',
  'YAML 200': 'no-cache',
};
const withoutBody = ['revoke 200', '204', 'OPTIONS 204', '304'];

test('headers: good answers and bad ones carry the base headers', async () => {
  for (const [name, { status, headers, text }] of Object.entries(await answersOf(await startService()))) {
    expect(name).toContain(String(status));
    const sent = Object.fromEntries(headers);
    expect(sent, name).toMatchObject(baseHeaders);
    expect(sent['cache-control'], name).toBe(storable[name] ?? 'no-store');
    const type = withoutBody.includes(name)
      ? undefined
      : expect.stringMatching(/^application\/[a-z+]+; charset=utf-8$/);
    expect({ type: sent['content-type'], empty: text === '' }, name).toEqual({ type, empty: type === undefined });
  }
});

test('headers: nothing says what we are made of', async () => {
  for (const [name, { headers }] of Object.entries(await answersOf(await startService()))) {
    for (const field of ['server', 'x-powered-by', 'via', 'x-response-time', 'set-cookie']) {
      expect(headers.has(field), `${field} on ${name}`).toBe(false);
    }
  }
});

test('headers: every request has an identifier of its own, and one that is sent is not believed', async () => {
  const { api } = await startService();
  const sent = '00000000-0000-7000-8000-000000000000';
  const ask = async () =>
    (await api.send('GET', '/livez', { headers: { 'X-Request-Id': sent } })).headers.get('x-request-id');
  const given = [await ask(), await ask(), sent];
  expect(new Set(given).size).toBe(3);
});

test('headers: a problem repeats the identifier of its request', async () => {
  const { api } = await startService();
  const { headers, body } = await api.get('/me');
  expect(body.request_id).toBe(headers.get('x-request-id'));
});

test('headers: browsers are held to TLS when that is how the service is reached', async () => {
  const secure = await startService({ env: { ISSUER: 'https://id.example.com' } });
  const plain = await startService();
  const hsts = async ({ api }: RunningService) => (await api.get('/nowhere')).headers.get('strict-transport-security');
  expect(await hsts(secure)).toBe('max-age=63072000');
  expect(await hsts(plain)).toBeNull();
});

const origins = [
  'null',
  'https://app.example.com',
  'https://app.example.com:8443',
  'https://localhost.evil.example',
  'file://',
];

test('headers: no origin is let in by default, not even our own, but to what everybody may know', async () => {
  const { api, endpoints: all, config } = await startService();
  const endpoints = all.filter(({ isPublic }) => !isPublic);
  expect(endpoints.length).toBe(all.length - 3);
  for (const origin of [...origins, config.issuer]) {
    const headers = {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    };
    for (const { method, path } of endpoints) {
      for (const verb of [method.toUpperCase(), 'OPTIONS']) {
        const names = [...(await api.send(verb, path, { headers })).headers.keys()];
        expect(
          names.filter((name) => name.startsWith('access-control-')),
          `${origin} ${verb} ${path}`,
        ).toEqual([]);
      }
    }
  }
});
