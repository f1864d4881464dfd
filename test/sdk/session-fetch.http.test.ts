// `fetch` of a session: where the access token goes, and what a 401 leads to.
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { answering, startWorld } from './world.ts';

test('fetch: to the issuer with the token, to other origins only if they are allowed', async () => {
  const { time, browser, sent, issuer } = await startWorld();
  const allowedOrigins = ['https://orders.example.com/api'];
  const { session } = browser.openTab({ allowedOrigins });
  await time.spend(session.signUp({ email: 'ada@example.com', password: PASSWORD }));
  const token = await time.spend(session.accessToken());
  sent.length = 0;
  await time.spend(session.fetch(`${issuer}/me`));
  await time.spend(session.fetch('https://orders.example.com/1').catch(() => null));
  for (const url of ['https://evil.example.com/', 'http://orders.example.com/', 'https://orders.example.com:444/'])
    await expect(time.spend(session.fetch(url))).rejects.toMatchObject({ code: 'origin_not_allowed' });
  expect(sent.map(({ url, authorization }) => [url, authorization])).toEqual([
    [`${issuer}/me`, `Bearer ${token}`],
    ['https://orders.example.com/1', `Bearer ${token}`],
  ]);
});

test('fetch: a redirect is not followed with the token', async () => {
  const { time, signedIn, faults, issuer } = await startWorld();
  const { session } = await signedIn();
  let redirect = '';
  faults.push((request) => {
    redirect = request.redirect;
    return null;
  });
  await time.spend(session.fetch(`${issuer}/me`));
  expect(redirect).toBe('error');
});

test('fetch: 401: one refresh and one more attempt, with the body', async () => {
  const { time, signedIn, faults, refreshes, issuer, sent } = await startWorld();
  const { session } = await signedIn();
  faults.push(answering(401));
  const body = JSON.stringify({ given_name: 'Ada' });
  const request = new Request(`${issuer}/me`, {
    method: 'PATCH',
    body,
    headers: { 'Content-Type': 'application/json' },
  });
  const response = await time.spend(session.fetch(request));
  expect([response.status, refreshes()]).toEqual([200, 1]);
  expect(await response.json()).toMatchObject({ given_name: 'Ada' });
  expect(sent).toHaveLength(3);
});

test('fetch: 401 again: it is the answer, and it is not refreshed for a second time', async () => {
  const { time, signedIn, faults, refreshes, issuer } = await startWorld();
  const { session } = await signedIn();
  faults.push(answering(401), () => null, answering(401), answering(401));
  expect((await time.spend(session.fetch(`${issuer}/me`))).status).toBe(401);
  expect((await time.spend(session.fetch(`${issuer}/me`))).status).toBe(401);
  expect(refreshes()).toBe(1);
});

test('fetch: 401 on a stream: not repeated', async () => {
  const { time, signedIn, faults, sent, issuer } = await startWorld();
  const { session } = await signedIn();
  faults.push(answering(401));
  const body = new Blob(['{}']).stream();
  const init = { method: 'PATCH', body, duplex: 'half', headers: { 'Content-Type': 'application/json' } } as const;
  expect((await time.spend(session.fetch(`${issuer}/me`, init))).status).toBe(401);
  expect(sent).toHaveLength(1);
});

test('fetch: signed out: the request goes without a token', async () => {
  const { time, browser, issuer, sent } = await startWorld();
  const response = await time.spend(browser.openTab().session.fetch(`${issuer}/.well-known/jwks.json`));
  expect(response.status).toBe(200);
  expect(sent.map(({ authorization }) => authorization)).toEqual([null]);
});
