// Whoever asks whether the service lives is told that, and nothing of the inside.
import { expect, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { onPostgres, startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { expectFailure } from '../http/failures.ts';
import { takeAway } from '../http/stop-writing.ts';

const asked: readonly (readonly [path: string, headers: Record<string, string>])[] = [
  ['', {}],
  ['?verbose=1&full=true', {}],
  ['', bearer('nonsense')],
  ['', { Authorization: 'Basic x' }],
  ['', { Accept: 'text/html', 'Accept-Language': 'de' }],
  ['', { Accept: 'application/json;q=0' }],
  ['', { Cookie: 'session=x', Range: 'bytes=0-1' }],
];

test.each(['/livez', '/readyz'])('health: %s says one word, whatever is asked and whoever asks', async (path) => {
  const { api } = await startService();
  for (const [query, headers] of asked) {
    const answer = await api.send('GET', path + query, { headers });
    expect(answer).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
});

test('health: that the process lives is known without the database; that it is ready takes one look', async () => {
  const service = await startService();
  const { api } = service;
  const statements = await recordStatements(service);
  for (let times = 0; times < 5; times += 1) await api.get('/livez');
  expect(statements).toEqual([]);
  await api.get('/readyz');
  expect(statements.length).toBeLessThanOrEqual(1);
});

test.runIf(onPostgres)(
  'health: without a database the process lives and is not ready, and does not say why',
  async () => {
    const service = await startService();
    const { api } = service;
    await takeAway(service);
    expect(await api.get('/livez')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const answer = await api.get('/readyz');
    expectFailure(answer, 'problem', 503, 'unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    const { type, request_id, ...said } = answer.body;
    expect(said).toEqual({ title: expect.any(String), status: 503, code: 'unavailable' });
    expect(said.title).not.toMatch(/sqlite|postgres|database|connect|pool|key/i);
  },
);
