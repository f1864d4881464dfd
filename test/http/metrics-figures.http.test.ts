// What the figures say after something has happened.
import { expect, test } from 'vitest';
import { onPostgres, startService } from '../harness/service.ts';
import { takeAway } from './stop-writing.ts';

const METRICS_TOKEN = 'token-of-the-monitoring';

async function startWatched(env: Record<string, string> = {}) {
  const service = await startService({ env: { METRICS_TOKEN, ...env } });
  const { api } = service;

  /** The value of a series, written as in the text format; undefined when there is none. */
  async function figure(series: string): Promise<number | undefined> {
    const { text } = await api.get('/metrics', METRICS_TOKEN);
    const line = text.split('\n').find((candidate) => candidate.startsWith(`latchkey_${series} `));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return { ...service, figure };
}

test('metrics: requests are counted by operation and status, and timed', async () => {
  const { api, figure } = await startWatched();
  await api.get('/livez');
  await api.get('/livez');
  await api.get('/me');
  await api.get('/nowhere');
  expect(await figure('http_requests_total{operation="getLiveness",status="200"}')).toBe(2);
  expect(await figure('http_requests_total{operation="getMe",status="401"}')).toBe(1);
  expect(await figure('http_requests_total{operation="none",status="404"}')).toBe(1);
  expect(await figure('http_request_duration_seconds_count{operation="getLiveness"}')).toBe(2);
  expect(await figure('http_request_duration_seconds_bucket{le="+Inf",operation="getMe"}')).toBe(1);
});

test('metrics: sign-ins and refreshes are counted by what came of them', async () => {
  const { api, figure } = await startWatched();
  const { user, tokens } = await api.signUp();
  await api.signIn(user.email);
  const wrong = { grant_type: 'password', username: user.email, password: 'not my password' };
  await api.form('/token', wrong);
  await api.refresh(tokens.refresh_token);
  await api.tryRefresh('lkr_nonsense');
  expect(await figure('sign_ins_total{outcome="success"}')).toBe(1);
  expect(await figure('sign_ins_total{outcome="credentials_wrong"}')).toBe(1);
  expect(await figure('refreshes_total{outcome="success"}')).toBe(1);
  expect(await figure('refreshes_total{outcome="refresh_token_malformed"}')).toBe(1);
  expect(await figure('refreshes_total{outcome="refresh_token_reused"}')).toBeUndefined();
});

test('metrics: a token that was copied is an outcome of its own', async () => {
  const { api, clock, figure } = await startWatched();
  const { tokens } = await api.signUp();
  await api.refresh(tokens.refresh_token);
  clock.advance({ minutes: 5 });
  await api.tryRefresh(tokens.refresh_token);
  expect(await figure('refreshes_total{outcome="refresh_token_reused"}')).toBe(1);
});

test('metrics: how old the keys are, by state', async () => {
  const { clock, keys, figure } = await startWatched();
  clock.advance({ hours: 2 });
  expect(await figure('signing_key_age_seconds{state="active"}')).toBe(7200);
  expect(await figure('signing_key_age_seconds{state="pending"}')).toBeUndefined();
  await keys.rotate({ ip: '192.0.2.1', userAgent: null, requestId: '019cadc6-9a80-7a11-8ada-000000000000' });
  clock.advance({ minutes: 1 });
  expect(await figure('signing_key_age_seconds{state="pending"}')).toBe(60);
});

test('metrics: how many mails wait, and for how long', async () => {
  const { api, clock, deliverMails, figure } = await startWatched();
  expect(await figure('mails_waiting')).toBe(0);
  await api.signUp();
  clock.advance({ minutes: 2 });
  expect(await figure('mails_waiting')).toBe(1);
  expect(await figure('mail_oldest_waiting_seconds')).toBe(120);
  await deliverMails();
  expect(await figure('mails_waiting')).toBe(0);
  expect(await figure('mail_oldest_waiting_seconds')).toBe(0);
});

test('metrics: what the sweeper did, and when', async () => {
  const { clock, figure, sweep } = await startWatched();
  await sweep();
  expect(await figure('swept_rows_total{table="sessions"}')).toBe(0);
  expect(await figure('sweep_last_success_timestamp_seconds')).toBe(clock.now().getTime() / 1000);
});

test('metrics: the process says how it is', async () => {
  const { api } = await startWatched();
  const { text } = await api.get('/metrics', METRICS_TOKEN);
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds', 'process_cpu_seconds_total']) {
    expect(text).toContain(`\n${name} `);
  }
});

test.runIf(onPostgres)('metrics: the pool of connections, and what is left to say without a database', async () => {
  const service = await startWatched();
  const { figure } = service;
  expect(await figure('database_pool_connections{state="total"}')).toBeGreaterThan(0);
  expect(await figure('database_pool_connections{state="waiting"}')).toBe(0);
  await takeAway(service);
  expect(await figure('mails_waiting')).toBeNaN();
  expect(await figure('hashes_waiting')).toBe(0);
});
