// How often strangers may try a password: on an account, and from a network.
import { describe, expect, test, vi } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { User } from '../../src/users/user.ts';
import { NEW_PASSWORD } from '../accounts/mailbox.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { FREE_TRIES, MAX_FAILURES, refused, secondsLeft, startThrottled, throttledEnv, WRONG } from './throttled.ts';

vi.setConfig({ testTimeout: 120_000 }); // hundreds of sign-ins each

describe('throttle: an account', () => {
  test('allows twenty wrong tries, and then even the right one has to wait', async () => {
    const { signIn, tryOften, pass } = await startThrottled();
    expect(await tryOften('ann@example.com', FREE_TRIES)).toEqual(refused(FREE_TRIES));
    const answer = await signIn('ann@example.com', 'correct horse battery');
    expectFailure(answer, 'oauth', 429, 'temporarily_unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    pass(secondsLeft(answer));
    expect((await signIn('ann@example.com', 'correct horse battery')).status).toBe(200);
  });

  test('makes each try after that wait twice as long as the one before, up to a quarter of an hour', async () => {
    const { signIn, tryOften, pass } = await startThrottled();
    await tryOften('ann@example.com', FREE_TRIES);
    pass(60);
    const waits: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) {
      expect((await signIn('ann@example.com')).status).toBe(400);
      const next = await signIn('ann@example.com');
      expect(next.status).toBe(429);
      waits.push(secondsLeft(next));
      pass(secondsLeft(next));
    }
    expect(waits).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });

  test('is throttled just the same when nobody has the name', async () => {
    const { signIn, tryOften } = await startThrottled();
    for (const name of ['nobody@example.com', 'nobody', 'no@body@example.com']) {
      expect(await tryOften(name, FREE_TRIES), name).toEqual(refused(FREE_TRIES));
      const [known, unknown] = [await signIn('ann@example.com'), await signIn(name)];
      expect(known.status, name).toBe(400);
      expectFailure(unknown, 'oauth', 429, 'temporarily_unavailable');
    }
  });

  test('is one under all its names and spellings', async () => {
    const { tryOften, signIn } = await startThrottled();
    for (const name of ['ann@example.com', 'ANN@example.com', 'ann', 'Ann']) await tryOften(name, FREE_TRIES / 4);
    for (const name of ['ann@EXAMPLE.com', 'aNN']) expect((await signIn(name)).status, name).toBe(429);
    for (const name of ['eve@example.com', 'Eve@EXAMPLE.com', 'EVE@example.com', 'eve@example.COM']) {
      await tryOften(name, FREE_TRIES / 4);
    }
    expect((await signIn('eve@example.com')).status).toBe(429);
  });

  test('goes on refreshing, and its sessions go on', async () => {
    const { api, tryOften, tokens } = await startThrottled();
    expect((await tryOften('ann@example.com', FREE_TRIES + 1)).at(-1)).toBe(429);
    const next = await api.refresh(tokens.refresh_token);
    await api.me(next.access_token);
  });

  test('starts anew after a good sign-in', async () => {
    const { signIn, tryOften } = await startThrottled();
    await tryOften('ann@example.com', FREE_TRIES - 1);
    expect((await signIn('ann@example.com', 'correct horse battery')).status).toBe(200);
    expect(await tryOften('ann@example.com', FREE_TRIES)).toEqual(refused(FREE_TRIES));
  });

  test('counts no try whose answer nobody has learnt', async () => {
    const { api, signIn, tryOften, database } = await startThrottled();
    const tooLong = 'x'.repeat(1025);
    for (let tries = 0; tries < 2 * FREE_TRIES; tries += 1) await signIn('ann@example.com', tooLong);
    const unscoped = { grant_type: 'password', username: 'ann@example.com', password: WRONG, scope: 'no:such' };
    for (let tries = 0; tries < 2 * FREE_TRIES; tries += 1) await api.form('/token', unscoped);
    expect(await tryOften('ann@example.com', FREE_TRIES)).toEqual(refused(FREE_TRIES));
    const events = await database.em.fork().find(AuditEvent, { type: 'sign_in.failed' });
    expect(events).toHaveLength(FREE_TRIES);
  });

  test('lets twenty sign in at once', async () => {
    const { signIn } = await startThrottled();
    const all = Array.from({ length: 20 }, () => signIn('ann@example.com', 'correct horse battery'));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  test('of a hundred wrong tries at once, looks at twenty', async () => {
    const { database, signIn } = await startThrottled();
    const all = Array.from({ length: 100 }, (_, n) => signIn('ann@example.com', WRONG, `203.0.113.${n % 2}`));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(FREE_TRIES);
    expect(statuses.filter((status) => status === 429)).toHaveLength(100 - FREE_TRIES);
    expect(await database.em.fork().count(AuditEvent, { type: 'sign_in.failed' })).toBe(FREE_TRIES);
  });
});

describe('throttle: a hundred failures in a row', () => {
  async function exhaust({ signIn, fail, pass }: Awaited<ReturnType<typeof startThrottled>>, name: string) {
    await fail(MAX_FAILURES, (n) => signIn(name, WRONG, `198.51.100.${n}`));
    pass(15 * 60);
  }

  test('close the password to strangers for good, until its owner chooses a new password by mail', async () => {
    const service = await startThrottled();
    const { api, signIn, deliverMails, letters, users, user, database, tokens, pass, clock } = service;
    await database.em.fork().nativeUpdate(User, { id: user.id }, { emailVerifiedAt: clock.now() }); // who gets notices
    await exhaust(service, 'ann@example.com');
    expect((await signIn('ann@example.com', 'correct horse battery')).status).toBe(429);
    expect((await users.find(user.id))?.passwordLockedAt).not.toBeNull();
    expect(await database.em.fork().count(AuditEvent, { type: 'user.password_locked', userId: user.id })).toBe(1);
    await deliverMails();
    expect(letterTo(letters, 'ann@example.com', /is closed/)?.text).toContain('Ask for a new password');
    pass(31 * 24 * 3600); // longer than anything is counted
    expect((await signIn('ann@example.com', 'correct horse battery')).status).toBe(400);

    await api.post('/password-reset', { email: 'ann@example.com' });
    await deliverMails();
    const code = codeIn(letterTo(letters, 'ann@example.com', /Choose a new password/));
    await api.post('/password-reset/confirm', { code, password: NEW_PASSWORD });
    expect((await signIn('ann@example.com', NEW_PASSWORD)).status).toBe(200);
    expect(tokens).not.toBeNull();
  });

  test('are forgiven at once to whoever chooses a new password by mail', async () => {
    const service = await startThrottled();
    const { api, signIn, deliverMails, letters } = service;
    await exhaust(service, 'ann@example.com');
    await api.post('/password-reset', { email: 'ann@example.com' });
    await deliverMails();
    const code = codeIn(letterTo(letters, 'ann@example.com', /Choose a new password/));
    await api.post('/password-reset/confirm', { code, password: NEW_PASSWORD });
    expect((await signIn('ann@example.com', NEW_PASSWORD)).status).toBe(200);
  });

  test('look the same where nobody has the name', async () => {
    const service = await startThrottled();
    await exhaust(service, 'ann@example.com');
    await exhaust(service, 'nobody@example.com');
    const [known, unknown] = [await service.signIn('ann@example.com'), await service.signIn('nobody@example.com')];
    expect([known.status, unknown.status]).toEqual([429, 429]);
    expect(known.body).toEqual(unknown.body);
    for (const answer of [known, unknown]) expect(secondsLeft(answer)).toBeGreaterThan(86_400);
  });
});

describe('throttle: a network', () => {
  test('that tries one password on many accounts is stopped, though no account is', async () => {
    const { signIn } = await startThrottled();
    const statuses: number[] = [];
    for (let n = 0; n < 120; n += 1) statuses.push((await signIn(`user${n}@example.com`)).status);
    expect(statuses).toEqual([...refused(100), ...Array(20).fill(429)]);
    expect((await signIn('ann@example.com', 'correct horse battery')).status).toBe(429);
    expect((await signIn('ann@example.com', 'correct horse battery', '198.51.100.1')).status).toBe(200);
  });

  test.each([
    ['an IPv6 /64, whatever its addresses', (n: number) => `2001:db8:1:2:${n.toString(16)}::1`],
    ['an IPv4 address in all its spellings', (n: number) => (n % 2 ? '198.51.100.7' : '::ffff:198.51.100.7')],
    ['the last hop, whatever stands before it', (n: number) => `192.0.2.${n}, 198.51.100.7`],
  ])('is %s', async (_, from) => {
    const { signIn } = await startThrottled();
    for (let n = 0; n < 100; n += 1) await signIn(`user${n}@example.com`, WRONG, from(n));
    expect((await signIn('somebody@example.com', WRONG, from(101))).status).toBe(429);
  });

  test('is not forgiven for one good sign-in, nor does a good one count', async () => {
    const { signIn } = await startThrottled();
    for (let n = 0; n < 99; n += 1) await signIn(`user${n}@example.com`);
    for (let n = 0; n < 3; n += 1) expect((await signIn('ann@example.com', 'correct horse battery')).status).toBe(200);
    expect((await signIn('user99@example.com')).status).toBe(400);
    expect((await signIn('user100@example.com')).status).toBe(429);
  });

  test.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'CF-Connecting-IP'])(
    'is that of the socket: %s of a stranger is not believed',
    async (field) => {
      const { api } = await startThrottled({ env: { TRUSTED_PROXIES: '' } });
      const statuses: number[] = [];
      for (let n = 0; n < 101; n += 1) {
        const guess = { grant_type: 'password', username: `user${n}@example.com`, password: WRONG };
        statuses.push((await api.form('/token', guess, { [field]: `198.51.100.${n}` })).status);
      }
      expect(statuses.at(-1)).toBe(429);
    },
  );
});

describe('throttle: what is counted', () => {
  test('is written down once it is told: every failure, and the first refusal', async () => {
    const { tryOften, database, user } = await startThrottled();
    await tryOften('ann@example.com', FREE_TRIES + 5);
    await tryOften('nobody', 1);
    const em = database.em.fork();
    expect(await em.count(AuditEvent, { type: 'sign_in.failed', userId: user.id, ip: '203.0.113.9' })).toBe(FREE_TRIES);
    expect(await em.count(AuditEvent, { type: 'sign_in.failed', userId: null })).toBe(1);
    expect(await em.count(AuditEvent, { type: 'sign_in.throttled', userId: user.id })).toBe(1);
  });

  test('names nobody in the store', async () => {
    const { tryOften, database } = await startThrottled();
    await tryOften('nobody@example.com', 1);
    if (database.orm.config.get('dbName') === ':memory:') return;
    const rows = await database.em.fork().execute<{ key: string }[]>('select key from rate_limits');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('nobody');
  });
});

test('limits: a network makes a hundred accounts in an hour, and has thirty mails sent', async () => {
  const { api, pass } = await startThrottled();
  const from = { 'X-Forwarded-For': '198.51.100.20' };
  const mail = async (n: number) => (await api.post('/password-reset', { email: `u${n}@example.com` }, from)).status;
  const sent: number[] = [];
  for (let n = 0; n < 31; n += 1) sent.push(await mail(n));
  expect(sent).toEqual([...Array(30).fill(202), 429]);
  const made: number[] = [];
  const account = (n: number) => ({ email: `u${n}@example.com`, password: 'short' }); // refused, and counted
  for (let n = 0; n < 101; n += 1) made.push((await api.post('/signup', account(n), from)).status);
  expect(made).toEqual([...refused(100), 429]);
  pass(3600);
  expect(await mail(32)).toBe(202);
});

test.runIf(onPostgres)('throttle: two instances on one database look at no more tries than one', async () => {
  const one = await startThrottled();
  const two = await startService({ databaseUrl: one.databaseUrl, env: throttledEnv });
  const guess = { grant_type: 'password', username: 'ann@example.com', password: WRONG };
  const stranger = { 'X-Forwarded-For': '203.0.113.9' };
  const all = Array.from({ length: 100 }, (_, n) => (n % 2 ? one.api : two.api).form('/token', guess, stranger));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 400)).toHaveLength(FREE_TRIES);
  expect(statuses.filter((status) => status === 429)).toHaveLength(100 - FREE_TRIES);
  const right = { ...guess, password: 'correct horse battery' };
  expect((await two.api.form('/token', right, stranger)).status).toBe(429);
});

test.skipIf(onPostgres)('throttle: a restart forgets nothing', async () => {
  const databaseUrl = await newDurableDatabase();
  const before = await startThrottled({ databaseUrl });
  await before.tryOften('ann@example.com', FREE_TRIES);
  await before.stop();
  const after = await startService({ databaseUrl, env: throttledEnv });
  const right = { grant_type: 'password', username: 'ann@example.com', password: 'correct horse battery' };
  expect((await after.api.form('/token', right, { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(429);
});
