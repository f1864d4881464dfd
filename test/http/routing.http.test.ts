import { expect, test } from 'vitest';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { type Answer, bearer, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure, expectFailureHeaders, expectNothingLeaks } from './failures.ts';
import { exchange } from './raw-socket.ts';

const rest = ['Host: localhost', 'Connection: close'];

const nowhere = [
  '/',
  '/TOKEN',
  '/Token',
  '/token/',
  '//token',
  '/%74oken',
  '/token%2F',
  '/token%00',
  '/token;x=1',
  '/./token',
  '/token/.',
  '/x/../token',
  '/x/%2e%2e/token',
  '/token/..%2ftoken',
  '/me/',
  '//me',
  '/me//',
  '/.well-known/jwks.json/',
  '/.well-known/JWKS.json',
  '/.well-known/..%2fme',
  '/.env',
  '/%zz',
  '/%FF%FE',
  '*',
  `/${CANARY}`,
  `/${CANARY}?${CANARY}=${CANARY}`,
];

test.each(['GET', 'POST', 'OPTIONS'])(
  'routing: %s finds nothing at a path that only looks like one of ours',
  async (method) => {
    const { api } = await startService();
    for (const target of nowhere) {
      const answer = await exchange(api.baseUrl, [`${method} ${target} HTTP/1.1`, ...rest]);
      // Node takes an asterisk from nobody but OPTIONS.
      if (target === '*' && answer.status === 400) continue;
      expectFailure(answer, 'problem', 404, 'not_found', target);
    }
  },
);

const oddTargets = [
  'http://[',
  'http://[::1',
  'http://[::1]:x/me',
  'http://a:b:c/',
  'http://x:99999/me',
  'http://%zz/me',
  'http://%zz@x/me',
  'http://a:%FF@x/me',
  `http://${CANARY}@x/me`,
  'foo://%zz@x/me',
  'http://',
  'http://?x',
  '//%zz@x/me#',
  '//[/me#',
  '//',
  '///',
  '?',
  '/?',
  '/#',
  '/me#x',
  '/%zz#',
  '/\\',
  '/me?%zz',
  '/me?a[b]=1&a=2',
  '/|',
  'me',
];

test('routing: an odd request target is no reason to break down', async () => {
  const { api } = await startService();
  for (const target of oddTargets) {
    const answer = await exchange(api.baseUrl, [`GET ${target} HTTP/1.1`, ...rest]);
    expect([400, 401, 404], target).toContain(answer.status);
    expectNothingLeaks(answer, target);
    // What Node itself refuses has no body.
    if (answer.text !== '') expectFailureHeaders(answer, 'problem', answer.status, target);
  }
});

test.each([
  { target: '/me', form: 'problem', code: 'invalid_request' },
  { target: '/token', form: 'oauth', code: 'invalid_request' },
] as const)('routing: $target keeps its envelope when the target is refused', async ({ target, form, code }) => {
  const { api } = await startService();
  for (const [before, after] of [
    ['', '#x'],
    ['', '?x#y'],
    ['http://x', '#y'],
  ]) {
    const answer = await exchange(api.baseUrl, [`POST ${before}${target}${after} HTTP/1.1`, ...rest]);
    expectFailure(answer, form, 400, code, before + target + after);
  }
});

/** What the endpoints of one path say together. */
function pathsOf(endpoints: readonly Endpoint[]) {
  return [...Map.groupBy(endpoints, ({ path }) => path)].map(([path, [first, ...more]]) => {
    const methods = [first, ...more].flatMap((endpoint) => (endpoint ? [endpoint.method.toUpperCase()] : []));
    const heads = methods.includes('GET') ? ['HEAD'] : [];
    const target = path.replaceAll(/:\w+/g, 'x');
    return { target, form: first?.failures ?? 'problem', allowed: [...methods, ...heads, 'OPTIONS'].sort() };
  });
}

function allowOf(headers: Headers): string[] | undefined {
  return headers.get('allow')?.split(', ').sort();
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY', 'M-SEARCH', 'PURGE'];

test.each(METHODS)(
  'routing: %s where it has no meaning is 405, with Allow, in the envelope of the path',
  async (method) => {
    const { api, endpoints } = await startService();
    for (const { target, form, allowed } of pathsOf(endpoints)) {
      if (allowed.includes(method)) continue;
      const answer = await exchange(api.baseUrl, [`${method} ${target} HTTP/1.1`, `X-Trace: ${CANARY}`, ...rest]);
      if (method === 'HEAD') expectFailureHeaders(answer, form, 405, target);
      else expectFailure(answer, form, 405, form === 'oauth' ? 'invalid_request' : 'method_not_allowed', target);
      expect(allowOf(answer.headers), target).toEqual(allowed);
    }
  },
);

test('routing: a method cannot be changed by a header', async () => {
  const { api } = await startService();
  const headers = { 'X-HTTP-Method-Override': 'POST', 'X-HTTP-Method': 'POST', 'X-Method-Override': 'POST' };
  expect(await api.send('GET', '/token', { headers })).toMatchObject({ status: 405 });
  expect(await api.send('POST', '/livez', { headers: { 'X-HTTP-Method-Override': 'GET' } })).toMatchObject({
    status: 405,
  });
});

test('routing: an unknown method and CONNECT are turned away', async () => {
  const { api } = await startService();
  expect(await exchange(api.baseUrl, ['BREW /token HTTP/1.1', ...rest])).toMatchObject({ status: 400 });
  expect(await exchange(api.baseUrl, ['CONNECT localhost:80 HTTP/1.1', ...rest])).toMatchObject({ text: '' });
  expect(await api.get('/livez')).toMatchObject({ status: 200 });
});

test('routing: OPTIONS is 204 with Allow at every path, whoever asks', async () => {
  const { api, endpoints } = await startService();
  for (const { target, allowed } of pathsOf(endpoints)) {
    for (const headers of [{}, { Authorization: 'nonsense' }]) {
      const { status, headers: sent, text } = await api.send('OPTIONS', target, { headers });
      expect({ status, text, type: sent.get('content-type') }, target).toEqual({ status: 204, text: '', type: null });
      expect(allowOf(sent), target).toEqual(allowed);
    }
  }
});

test('routing: OPTIONS with the body of a sign-up or a log-out does nothing', async () => {
  const { api } = await startService();
  const { user, tokens } = await api.signUp();
  const json = { 'Content-Type': 'application/json', ...bearer(tokens.access_token) };
  const body = JSON.stringify({ email: 'ann@example.com', password: PASSWORD });
  expect(await api.send('OPTIONS', '/signup', { headers: json, body })).toMatchObject({ status: 204 });
  expect(await api.send('OPTIONS', '/logout', { headers: json, body: '{}' })).toMatchObject({ status: 204 });
  expect(await api.me(tokens.access_token)).toMatchObject({ id: user.id });
  expect(await api.signUp({ email: 'ann@example.com' })).toMatchObject({ user: { email: 'ann@example.com' } });
});

/** The headers, without those that differ in any two answers. */
function common({ headers }: Answer) {
  return [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
}

test('routing: HEAD has the headers of GET and no body', async () => {
  const { api, endpoints } = await startService();
  const { tokens } = await api.signUp();
  const readable = endpoints.filter(({ method }) => method === 'get').map(({ path }) => path);
  expect(readable).toContain('/.well-known/jwks.json');
  for (const path of readable) {
    for (const field of ['X-Nobody: 1', `Authorization: Bearer ${tokens.access_token}`]) {
      const got = await exchange(api.baseUrl, [`GET ${path} HTTP/1.1`, field, ...rest]);
      const head = await exchange(api.baseUrl, [`HEAD ${path} HTTP/1.1`, field, ...rest]);
      expect(head, path).toMatchObject({ status: got.status, text: '' });
      expect(common(head), path).toEqual(common(got));
    }
  }
});
