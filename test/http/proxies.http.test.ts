// The service behind the proxies that we document, with the very settings that we document for them (README, "Behind a
// proxy"): what it does through them is what it does without, and nothing of what a client says about itself gets by.
import { expect } from 'vitest';
import { z } from 'zod';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { letterTo } from '../harness/letters.ts';
import { converse, type RunningProxy } from '../harness/proxies.ts';
import { bodyOf, CLOSE, FORM, JSON_TYPE, passwordGrant, startBehind, statuses, throughEach } from './behind-proxy.ts';
import { baseHeaders } from './failures.ts';
import { last, request } from './proxy-messages.ts';

const EVIL = 'evil.example';
/** Somebody whose address is not that of the proxy. */
const CLIENT = '127.0.0.9';
const OTHER = '127.0.0.10';
const KEY = '1b671a64-40d5-491e-99b0-da01ff1f3341';

throughEach('whoever signs up signs in, refreshes, is known, and logs out', async (kind) => {
  const { api } = await startBehind(kind);
  const { user } = await api.signUp();
  const tokens = await api.signIn(user.email);
  const next = await api.refresh(tokens.refresh_token, { key: KEY });
  expect(await api.refresh(tokens.refresh_token, { key: KEY })).toMatchObject({
    refresh_token: next.refresh_token,
  });
  expect(await api.me(next.access_token)).toMatchObject({ email: user.email });
  expect(await api.post('/logout', { refresh_token: next.refresh_token })).toMatchObject({ status: 204 });
  expect(await api.tryRefresh(next.refresh_token)).toMatchObject({ status: 400, body: { reason: 'logged_out' } });
  expect(await api.get('/me', next.access_token)).toMatchObject({ status: 401 });
});

/** What a client may say about where it is, and where the service is. */
const forged: readonly (readonly string[])[] = [
  [],
  ['X-Forwarded-For: 203.0.113.1'],
  ['X-Forwarded-For: 127.0.0.1'],
  ['X-Forwarded-For: 203.0.113.1', 'X-Forwarded-For: 203.0.113.2, 127.0.0.1'],
  ['x-forwarded-for:203.0.113.1,'],
  ['X_Forwarded_For: 203.0.113.1'],
  ['X-Forwarded-For: 203.0.113.1', 'Connection: X-Forwarded-For'],
  [`Forwarded: for=203.0.113.1;host=${EVIL};proto=https;by=127.0.0.1`],
  [
    'X-Real-IP: 203.0.113.1',
    'X-Client-IP: 203.0.113.1',
    'True-Client-IP: 203.0.113.1',
    'CF-Connecting-IP: 203.0.113.1',
  ],
  [`X-Forwarded-Host: ${EVIL}`, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 1', `X-Forwarded-Prefix: /${EVIL}`],
  [`X-Original-URL: /${EVIL}`, `X-Rewrite-URL: /${EVIL}`, `X-Host: ${EVIL}`],
];

const Sessions = z.object({ sessions: z.array(z.object({ current: z.boolean(), ip: z.string() })) });

throughEach('a session and the trail have the address that the proxy saw, whatever the client says', async (kind) => {
  const { api, proxy, database, reached } = await startBehind(kind);
  const { user, tokens } = await api.signUp();
  reached.length = 0;
  const grant = passwordGrant(user.email);
  for (const fields of forged) {
    const sent = request('POST /token', grant, [CLOSE, FORM, ...fields]);
    expect(statuses(await converse(proxy, sent, { from: CLIENT })), fields.join()).toEqual([200]);
  }
  const guess = request('POST /token', passwordGrant(user.email, 'a wrong one'), [CLOSE, FORM, ...forged.flat()]);
  expect(statuses(await converse(proxy, guess, { from: CLIENT }))).toEqual([400]);

  expect(reached.map(({ network }) => network)).toEqual(Array(forged.length + 1).fill('127.0.0.0/24'));
  const { sessions } = Sessions.parse((await api.get('/me/sessions', tokens.access_token)).body);
  const others = sessions.filter(({ current }) => !current);
  expect(others.map(({ ip }) => ip)).toEqual(Array(forged.length).fill(CLIENT));
  const failed = await database.em.fork().find(AuditEvent, { type: 'sign_in.failed' });
  expect(failed.map(({ ip }) => ip)).toEqual([CLIENT]);
});

throughEach('published addresses and links in mails are configured, whatever the client says', async (kind) => {
  const { api, direct, proxy, letters, deliverMails } = await startBehind(kind);
  const { user } = await api.signUp();
  const path = '/.well-known/openid-configuration';
  const { text } = await direct.get(path);
  for (const fields of forged) {
    const received = await converse(proxy, request(`GET ${path}`, '', [CLOSE, ...fields]));
    expect(bodyOf(received), fields.join()).toBe(text);
  }
  const reset = request('POST /password-reset', JSON.stringify({ email: user.email }), [
    ...[CLOSE, JSON_TYPE],
    ...forged.flat(),
  ]).replace('Host: localhost', `Host: ${EVIL}`);
  expect(statuses(await converse(proxy, reset))).toEqual([202]);
  await deliverMails();
  const letter = letterTo(letters, user.email, /Choose a new password/);
  expect(letter?.text).toContain('code=');
  expect(letter?.text).not.toContain(EVIL);
});

/** As many as a network may fail, and one more, each under another forged address; on one connection, for speed. */
async function fail101Times(proxy: RunningProxy): Promise<number[]> {
  const guesses = Array.from({ length: 101 }, (_, n) => {
    const fields = [FORM, `X-Forwarded-For: 203.0.113.${n}`];
    return request('POST /token', passwordGrant(`user${n}@example.com`, 'a wrong one'), fields);
  });
  return statuses(await converse(proxy, guesses.join('') + last, { from: CLIENT }));
}

/** The right password, as if from somewhere else. */
async function signInFrom(proxy: RunningProxy, email: string, from: string): Promise<number[]> {
  const fields = [CLOSE, FORM, 'X-Forwarded-For: 198.51.100.1'];
  return statuses(await converse(proxy, request('POST /token', passwordGrant(email), fields), { from }));
}

throughEach('a network is throttled by its own address, and no other with it', async (kind) => {
  const { api, proxy, warnings } = await startBehind(kind, { RATE_LIMITS: 'on' });
  const { user } = await api.signUp();
  expect(await fail101Times(proxy)).toEqual([...Array(100).fill(400), 429, 200]);
  expect(await signInFrom(proxy, user.email, CLIENT)).toEqual([429]);
  expect(await signInFrom(proxy, user.email, OTHER)).toEqual([200]);
  expect(warnings).toEqual([]);
});

throughEach('without TRUSTED_PROXIES the world is one network, and the log says so', async (kind) => {
  const { api, proxy, warnings } = await startBehind(kind, { RATE_LIMITS: 'on', TRUSTED_PROXIES: '' });
  const { user } = await api.signUp();
  await fail101Times(proxy);
  expect(await signInFrom(proxy, user.email, OTHER)).toEqual([429]);
  expect(warnings).toEqual([expect.stringContaining('TRUSTED_PROXIES')]);
});

/** nginx refuses some of these itself. */
const lookalikes = ['/token%00', '/..//token', '/%zz', '/token%2F', '/.well-known/..%2ftoken'];
/** These are passed on as they are. */
const aliases = [
  '/TOKEN',
  '/token/',
  '//token',
  '/%74oken',
  '/x/../token',
  '/./token',
  '/token;x=1',
  '/x/%2e%2e/token',
  '/token/.',
];

throughEach('a path that only looks like one of ours leads nowhere', async (kind) => {
  const { proxy, reached } = await startBehind(kind);
  for (const path of [...lookalikes, ...aliases]) {
    const received = await converse(proxy, request(`POST ${path}`, passwordGrant('ann'), [CLOSE, FORM]));
    expect(statuses(received), path).toEqual([lookalikes.includes(path) ? expect.toBeOneOf([400, 404]) : 404]);
    if (aliases.includes(path)) expect(JSON.parse(bodyOf(received)), path).toMatchObject({ code: 'not_found' });
  }
  expect(reached.map(({ operationId }) => operationId ?? null)).toEqual(reached.map(() => null));
  expect(reached.length).toBeGreaterThanOrEqual(aliases.length);
});

throughEach('conditions, methods, preflights and header fields survive', async (kind) => {
  const origin = 'https://app.example';
  const { api, direct } = await startBehind(kind, { CORS_ORIGINS: origin });
  const keys = await api.get('/.well-known/jwks.json');
  const etag = keys.headers.get('etag');
  expect(keys).toMatchObject({ status: 200, text: (await direct.get('/.well-known/jwks.json')).text });
  const known = await api.send('GET', '/.well-known/jwks.json', { headers: { 'If-None-Match': etag ?? '' } });
  expect([known.status, known.text, known.headers.get('etag')]).toEqual([304, '', etag]);
  const head = await api.send('HEAD', '/.well-known/jwks.json');
  expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', String(keys.text.length)]);
  const options = await api.send('OPTIONS', '/token');
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);

  const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Accept-Encoding': 'gzip, br' };
  const preflight = await api.send('OPTIONS', '/token', { headers });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
  const refused = await api.send('GET', '/me', { headers: { ...headers, 'X-Request-Id': 'mine' } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('Bearer');
  expect(refused.headers.get('content-encoding')).toBeNull();
  expect(refused.headers.get('server') ?? '').not.toMatch(/\d/);
  expect(Object.fromEntries(refused.headers)).toMatchObject({ ...baseHeaders, 'cache-control': 'no-store' });
});
