import { expect, test, vi } from 'vitest';
import { User } from '../../src/users/user.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';

/** One hash at a time, of some hundred milliseconds, and one that waits. */
const env = {
  PASSWORD_HASH_CONCURRENCY: '1',
  PASSWORD_HASH_QUEUE: '1',
  PASSWORD_HASH_MEMORY: '32MiB',
  PASSWORD_HASH_PASSES: '32',
};

const METRICS_TOKEN = 'token-of-the-monitoring';

/** The answers in the order in which they came. */
async function collect(requests: readonly Promise<Answer>[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  await Promise.all(requests.map((request) => request.then((answer) => answers.push(answer))));
  return answers;
}

test('overload: a sign-in that finds the lane full is told at once to come back', async () => {
  const { api } = await startService({ env });
  const signIn = () => api.form('/token', { grant_type: 'password', username: 'nobody', password: PASSWORD });
  const answers = await collect(Array.from({ length: 8 }, signIn));
  const statuses = answers.map(({ status }) => status);
  expect(statuses[0]).toBe(503);
  expect(statuses.filter((status) => status === 400).length).toBeGreaterThanOrEqual(2);
  expect(new Set(statuses)).toEqual(new Set([400, 503]));
  for (const { status, headers, body } of answers) {
    if (status !== 503) continue;
    expect(body).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
    expect(headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
    expect(headers.get('Cache-Control')).toBe('no-store');
  }
  expect((await signIn()).status).toBe(400); // the lane is free again
});

test('overload: a sign-up that finds the lane full makes no account, and can be repeated', async () => {
  const { api, database } = await startService({ env });
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const sent = new Map<Answer, string>();
  const signUp = async (name: string) => {
    const answer = await api.post('/signup', { email: `${name}@example.com`, password: PASSWORD });
    sent.set(answer, name);
    return answer;
  };
  const answers = await collect(names.map(signUp));
  expect(answers[0]).toMatchObject({ status: 503, body: { code: 'overloaded', status: 503 } });
  expect(answers[0]?.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  const made = answers.filter(({ status }) => status === 201).length;
  expect(await database.em.fork().count(User)).toBe(made);
  const refused = answers.find(({ status }) => status === 503);
  const name = refused && sent.get(refused);
  expect((await signUp(name ?? '')).status).toBe(201);
});

test('overload: a taken address is found out without a hash', async () => {
  const { api } = await startService({ env });
  await api.signUp({ email: 'ann@example.com' });
  const signIn = () => api.form('/token', { grant_type: 'password', username: 'nobody', password: PASSWORD });
  const storm = collect(Array.from({ length: 8 }, signIn));
  const answer = await api.post('/signup', { email: 'ann@example.com', password: PASSWORD });
  expect([answer.status, answer.body.code]).toEqual([409, 'email_taken']);
  await storm;
});

test('overload: whoever hangs up while waiting leaves the line to somebody else', async () => {
  const { api } = await startService({ env: { ...env, METRICS_TOKEN } });
  const signIn = (signal?: AbortSignal) =>
    fetch(`${api.baseUrl}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: 'nobody', password: PASSWORD }),
      ...(signal && { signal }),
    });
  const waiting = async () => {
    const { text } = await api.get('/metrics', METRICS_TOKEN);
    return /latchkey_hashes_waiting (\d+)/.exec(text)?.[1];
  };
  const leaving = new AbortController();
  const first = signIn();
  await vi.waitFor(async () => expect((await api.get('/metrics', METRICS_TOKEN)).text).toContain('hashes_running 1'));
  const second = signIn(leaving.signal).catch(() => 'gone');
  await vi.waitFor(async () => expect(await waiting()).toBe('1'));
  leaving.abort();
  await vi.waitFor(async () => expect(await waiting()).toBe('0'));
  expect(await second).toBe('gone');
  expect([(await signIn()).status, (await first).status]).toEqual([400, 400]);
});

test('overload: where the lane is full, nothing is asked of the database before that is said', async () => {
  const service = await startService({ env: { ...env, METRICS_TOKEN } });
  const { api } = service;
  const { tokens } = await api.signUp();
  const signIn = () => api.form('/token', { grant_type: 'password', username: 'nobody', password: PASSWORD });
  const storm = [signIn(), signIn()];
  await vi.waitFor(async () => expect((await api.get('/metrics', METRICS_TOKEN)).text).toContain('hashes_waiting 1'));
  const statements = await recordStatements(service);
  expect((await signIn()).status).toBe(503);
  expect(statements).toEqual([]);
  expect((await api.del('/me', { password: PASSWORD }, tokens.access_token)).status).toBe(503);
  await Promise.all(storm);
});
