// test/users/throttled.ts: a service that counts tries, and two clocks that move together: the store of the limits goes by
// the clock of the machine.
import { onTestFinished, vi } from 'vitest';
import { type Answer, bearer } from '../harness/api.ts';
import { type Options, startService } from '../harness/service.ts';

export const WRONG = 'a wrong password';
export const FREE_TRIES = 20;
export const MAX_FAILURES = 100;
export const ANN = 'ann@example.com';

/** Behind a trusted proxy, so that a test can be any network. */
export const throttledEnv = { RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' };

export type Throttled = Awaited<ReturnType<typeof startThrottled>>;

/** With Ann, who is signed in. */
export async function startThrottled(options: Options = {}) {
  const service = await startCounting(options);
  const { user, tokens } = await service.api.signUp({ email: ANN, preferred_username: 'ann' });
  return { ...service, user, tokens };
}

export async function startCounting(options: Options = {}) {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const service = await startService({ ...options, env: { ...throttledEnv, ...options.env } });
  const { api, clock } = service;

  const signIn = (username: string, password = WRONG, from = '203.0.113.9'): Promise<Answer> =>
    api.form('/token', { grant_type: 'password', username, password }, { 'X-Forwarded-For': from });

  /** With the password of the session's user: the change of address waits for a mail, and nothing else happens. */
  const confirm = (token: string, password = WRONG): Promise<Answer> => {
    const body = JSON.stringify({ email: 'new@example.com', password });
    const headers = { ...bearer(token), 'Content-Type': 'application/json', 'X-Forwarded-For': '192.0.2.77' };
    return api.send('PUT', '/me/email', { headers, body });
  };

  async function tryOften(username: string, times: number, from?: string): Promise<number[]> {
    const statuses: number[] = [];
    for (let tries = 0; tries < times; tries += 1) statuses.push((await signIn(username, WRONG, from)).status);
    return statuses;
  }

  function pass(seconds: number): void {
    clock.advance({ seconds });
    vi.setSystemTime(Date.now() + seconds * 1000);
  }

  /** So many failures, each as soon as it may be. */
  async function fail(times: number, attempt: (n: number) => Promise<Answer>): Promise<void> {
    for (let failed = 0, n = 0; failed < times; n += 1) {
      const answer = await attempt(n);
      if (answer.status === 429) pass(secondsLeft(answer));
      else failed += 1;
    }
  }

  return { ...service, signIn, confirm, tryOften, pass, fail };
}

export const secondsLeft = ({ headers }: Answer) => Number(headers.get('retry-after'));
export const refused = (times: number) => Array(times).fill(400);
