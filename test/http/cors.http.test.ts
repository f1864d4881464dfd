import { describe, expect, test } from 'vitest';
import { startWithAdmin } from '../admin/administration.ts';
import type { Api } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';

const APP = 'https://app.example';
const SPA = 'https://spa.example:8443';
const env = { CORS_ORIGINS: `${APP},http://localhost:5173` };

function preflight(api: Api, path: string, origin: string, method: string) {
  const headers = { Origin: origin, 'Access-Control-Request-Method': method };
  return api.send('OPTIONS', path, { headers });
}

const granted = ({ headers }: { headers: Headers }) => headers.get('access-control-allow-origin');

describe('cors: an origin that is configured', () => {
  test('reads good answers and bad ones, with what they say in their headers', async () => {
    const { api } = await startService({ env });
    const headers = { Origin: APP };
    const answers = [
      await api.post('/signup', { email: 'ann@example.com', password: 'correct horse battery' }, headers),
      await api.post('/signup', {}, headers),
      await api.send('GET', '/me', { headers }),
      await api.send('GET', '/nowhere', { headers }),
      await api.send('PUT', '/token', { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 401, 404, 405]);
    for (const answer of answers) {
      expect(granted(answer)).toBe(APP);
      expect(answer.headers.get('vary')).toBe('Origin');
      expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  test('is told before it asks what it may send', async () => {
    const { api } = await startService({ env });
    const answer = await preflight(api, '/token', APP, 'POST');
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers':
        'Authorization, Content-Type, Idempotency-Key, baggage, sentry-trace, traceparent, tracestate',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    expect(granted(await preflight(api, '/nowhere', APP, 'POST'))).toBe(APP);
  });

  test.each([
    'null',
    'http://app.example',
    'https://app.example:443',
    'https://app.example:8443',
    'https://app.example.evil.example',
    'https://evil.example/https://app.example',
    'https://evilapp.example',
    'https://sub.app.example',
    'https://user@app.example',
    'https://app.example/',
    'HTTPS://APP.EXAMPLE',
    'http://localhost:5174',
    '*',
  ])('is not %s', async (origin) => {
    const { api } = await startService({ env });
    const headers = { Origin: origin };
    const answers = [
      await api.send('GET', '/me', { headers }),
      await api.form('/token', {}, headers),
      await preflight(api, '/token', origin, 'POST'),
    ];
    for (const answer of answers) {
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });
});

describe('cors: an origin of a client', () => {
  const spa = { ...secondClient, id: 'spa', corsOrigins: [SPA] };

  test('may call, until the client is disabled', async () => {
    const { api, clients, clock, database } = await startService({ clients: [spa] });
    const ask = async () => granted(await preflight(api, '/token', SPA, 'POST'));
    expect(await ask()).toBe(SPA);
    await database.em.transactional((tx) => clients.disable(tx, 'spa'));
    clock.advance({ seconds: 6 });
    expect(await ask()).toBeNull();
  });

  test('is asked for in the database once in a while, not at every request', async () => {
    const { api, clients, clock, database } = await startService();
    const ask = async () => granted(await preflight(api, '/token', SPA, 'POST'));
    expect(await ask()).toBeNull();
    await database.em.transactional((tx) => clients.register(tx, spa));
    expect(await ask()).toBeNull();
    clock.advance({ seconds: 6 });
    expect(await ask()).toBe(SPA);
  });
});

test('cors: an administrator says which pages of a client may call', async () => {
  const { admin, api, clock } = await startWithAdmin();
  const ask = async () => granted(await preflight(api, '/token', SPA, 'POST'));
  const app = { id: 'spa', name: 'SPA', type: 'public', first_party: true, grants: ['password', 'refresh_token'] };
  await admin.post('/admin/clients', { ...app, cors_origins: [SPA] });
  expect(await ask()).toBe(SPA);
  const { body } = await admin.patch('/admin/clients/spa', { cors_origins: [] });
  expect(body.cors_origins).toEqual([]);
  clock.advance({ seconds: 6 });
  expect(await ask()).toBeNull();
});

test('cors: what everybody may know is read by pages of any origin', async () => {
  const { api } = await startService();
  for (const path of ['jwks.json', 'oauth-authorization-server', 'openid-configuration']) {
    const answer = await api.send('GET', `/.well-known/${path}`, { headers: { Origin: 'https://anybody.example' } });
    expect(granted(answer), path).toBe('*');
    expect(answer.headers.has('vary'), path).toBe(false);
  }
});

const apps = ['capacitor://localhost', 'tauri://localhost', `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`];

test('cors: apps and browser extensions may call, by configuration and by client', async () => {
  const configured = await startService({ env: { CORS_ORIGINS: apps.join() } });
  const registered = await startWithAdmin();
  const app = { id: 'app', name: 'App', type: 'public', first_party: true, grants: ['password', 'refresh_token'] };
  await registered.admin.post('/admin/clients', { ...app, cors_origins: apps });
  for (const { api } of [configured, registered]) {
    for (const origin of apps) {
      expect(granted(await preflight(api, '/token', origin, 'POST'))).toBe(origin);
      const others = [`${origin}/`, origin.toUpperCase(), `${origin}:80`, `${origin}.example`, 'null'];
      for (const other of others) expect(granted(await preflight(api, '/token', other, 'POST')), other).toBeNull();
    }
  }
});
