// Refreshing: when, how often, and what a bad network does to it.
import { expect, test } from 'vitest';
import { answering, lostAnswer, lostRequest, startWorld } from './world.ts';

const HOUR = 3600;

test('refresh: ahead of time while the tab is seen, not while it is not', async () => {
  const { time, signedIn, refreshes } = await startWorld();
  const { page, news } = await signedIn();
  await time.pass(290); // the first refresh is due after 150 to 270 seconds, the second not before 300
  expect([refreshes(), news]).toEqual([1, ['refreshed']]);
  page.visible = false;
  await time.pass(HOUR);
  expect(refreshes()).toBe(1);
  page.visible = true;
  page.onVisible();
  await time.pass(1);
  expect(refreshes()).toBe(2);
});

test('refresh: when a token is asked for and it is time, once for all who ask', async () => {
  const { time, signedIn, refreshes } = await startWorld();
  const { session, page } = await signedIn();
  page.visible = false;
  const first = await time.spend(session.accessToken());
  expect(await time.spend(session.accessToken())).toBe(first);
  await time.pass(HOUR);
  const tokens = await time.spend(Promise.all([session.accessToken(), session.accessToken()]));
  expect([new Set(tokens).size, tokens[0] === first, refreshes()]).toEqual([1, false, 1]);
});

test('refresh: a clock that was set back makes the tokens old', async () => {
  const { time, browser, signedIn, refreshes } = await startWorld();
  (await signedIn()).kill();
  const { session } = browser.openTab({ now: () => time.now() - HOUR * 1000 });
  await time.spend(session.accessToken());
  expect(refreshes()).toBe(1);
});

test('a lost answer: the same key again, after a reload and hours later too', async () => {
  const { time, browser, sent, faults, signedIn } = await startWorld({ env: { REFRESH_GRACE: '0' } });
  const { session, kill, page } = await signedIn();
  page.visible = false;
  await time.pass(600);
  faults.push(lostAnswer, lostRequest, lostAnswer, lostRequest);
  await expect(time.spend(session.accessToken())).rejects.toMatchObject({ status: 0, code: 'network' });
  kill();
  await time.pass(10 * HOUR);
  const reloaded = browser.openTab();
  expect(await time.spend(reloaded.session.currentUser())).toMatchObject({ email: 'ada@example.com' });
  const keys = sent.flatMap(({ key }) => key ?? []);
  expect([keys.length, new Set(keys).size]).toEqual([5, 1]);
});

test('offline: the session stays, and a token that still lives is used', async () => {
  const { time, faults, signedIn, sent } = await startWorld();
  const { session, news, page } = await signedIn();
  page.visible = false;
  await time.pass(272); // a refresh is due after 270 seconds at the latest, and the token lives for 300
  faults.push(lostRequest, lostRequest, lostRequest, lostRequest);
  expect(await time.spend(session.accessToken())).not.toBe(null);
  expect(sent).toHaveLength(4);
  await time.pass(60);
  faults.push(lostRequest, lostRequest, lostRequest, lostRequest);
  await expect(time.spend(session.accessToken())).rejects.toMatchObject({ code: 'network' });
  expect(news).toEqual([]);
  expect(await time.spend(session.accessToken())).not.toBe(null);
  expect(news).toEqual(['refreshed']);
});

test('503 and 429: as long as asked for, and not at all where that is too long', async () => {
  const { time, faults, signedIn, sent } = await startWorld();
  const { session, page } = await signedIn();
  page.visible = false;
  await time.pass(600);
  faults.push(answering(503, { 'Retry-After': '7' }), answering(429, { 'Retry-After': '8' }));
  const before = time.now();
  expect(await time.spend(session.accessToken())).not.toBe(null);
  expect(time.now() - before).toBe(15_000);
  await time.pass(600);
  sent.length = 0;
  faults.push(answering(429, { 'Retry-After': '600' }));
  const refused = time.spend(session.accessToken());
  await expect(refused).rejects.toMatchObject({ status: 429, retryAfterSeconds: 600 });
  expect(sent).toHaveLength(1);
});

test('no answer at all: given up, and asked again with the same key', async () => {
  const { time, faults, signedIn, sent } = await startWorld();
  const { session, page } = await signedIn();
  page.visible = false;
  await time.pass(600);
  faults.push(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const before = time.now();
  expect(await time.spend(session.accessToken())).not.toBe(null);
  expect(time.now() - before).toBeGreaterThan(15_000);
  expect(sent).toHaveLength(2);
  expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
});

test.each([
  ['500', answering(500), 4],
  ['400 of another kind', answering(400), 1],
  ['a gate that says 200 to everything', () => Promise.resolve(new Response('<html>')), 1],
])('%s: the error reaches the caller after so many attempts, the session stays', async (_, fault, attempts) => {
  const { time, faults, signedIn, sent } = await startWorld();
  const { session, news, page } = await signedIn();
  page.visible = false;
  await time.pass(600);
  faults.push(fault, fault, fault, fault);
  await expect(time.spend(session.accessToken())).rejects.toThrow();
  expect(sent).toHaveLength(attempts);
  faults.length = 0;
  expect(await time.spend(session.accessToken())).not.toBe(null);
  expect(news).toEqual(['refreshed']);
});

test('a copied token: signed out, with the reason', async () => {
  const { time, api, browser, signedIn } = await startWorld();
  const { session, news, page } = await signedIn();
  page.visible = false;
  const [stored] = [...browser.localStorage.items.values()]
    .map((text) => JSON.parse(text))
    .filter(({ tokens }) => tokens);
  await api.refresh(stored.tokens.refresh_token);
  await time.pass(600);
  expect(await time.spend(session.accessToken())).toBe(null);
  expect(news).toEqual(['signed-out: token_reused']);
  expect(JSON.stringify([...browser.localStorage.items])).not.toContain('lkr_');
});
