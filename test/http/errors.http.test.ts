import { expect, test } from 'vitest';
import type { AnyReply } from '../../src/http/endpoint.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from './failures.ts';
import { serveOperation } from './one-operation.ts';

class HttpError extends Error {
  readonly status = 404;
  readonly expose = true;
  readonly headers = { 'X-Leak': CANARY };
}

const broken = async (): Promise<never> => {
  throw new Error(CANARY);
};

/** Ways in which work goes wrong that nobody has foreseen. */
const bugs: Readonly<Record<string, () => Promise<AnyReply>>> = {
  'an error': broken,
  'an error of the language': async () => JSON.parse(CANARY),
  'an error that wants to be a 404 with headers': () => Promise.reject(new HttpError(CANARY)),
  'an error with a code of no database': () => Promise.reject(Object.assign(new Error(CANARY), { code: 'ERR_X' })),
  'an error with a cause': () => Promise.reject(new Error(CANARY, { cause: new Error(CANARY) })),
  'a string': () => Promise.reject(CANARY),
  null: () => Promise.reject(null),
  nothing: () => Promise.reject(undefined),
  'an object': () => Promise.reject({ code: 'invalid_request', status: 400, message: CANARY }),
  'a status that was not declared': async () => ({ status: 201, body: CANARY }),
  'a body that does not fit': async () => ({ status: 200, body: { answer: CANARY } }),
  'no body': async () => ({ status: 200, body: null }),
};

test.each(Object.entries(bugs))(
  'errors: %s is 500 in the envelope of the path, without any detail',
  async (_, handle) => {
    const { api } = await serveOperation(handle);
    expectFailure(await api.get('/problem'), 'problem', 500, 'internal_error');
    expectFailure(await api.get('/oauth'), 'oauth', 500, 'server_error');
  },
);

test('errors: what is not in the schema of the reply does not leave', async () => {
  const { api } = await serveOperation(async () => ({ status: 200, body: { answer: 42, passwordHash: CANARY } }));
  expect(await api.get('/problem')).toMatchObject({ status: 200, text: '{"answer":42}' });
});

test('errors: an unforeseen error is in the log with its place, under the identifier of the request', async () => {
  const { api, lines } = await serveOperation(broken);
  const { headers } = await api.get('/problem');
  const logged = lines.map((line) => JSON.parse(line));
  expect(logged.filter(({ level }) => level === 50)).toMatchObject([
    {
      msg: 'internal_error',
      requestId: headers.get('x-request-id'),
      err: { type: 'Error', message: CANARY, stack: expect.stringContaining('errors.http.test.ts') },
    },
  ]);
});

test('errors: a request that fails does not take the next one with it', async () => {
  let failing = true;
  const { api } = await serveOperation(async () => (failing ? broken() : { status: 200, body: { answer: 1 } }));
  expect(await api.get('/problem')).toMatchObject({ status: 500 });
  failing = false;
  expect(await api.get('/problem')).toMatchObject({ status: 200 });
});

/** What an answer would show if an error of the database came through. */
const inside = /select|insert|update|from|table|column|sqlite|postgres|relation|node_modules|src\/|\.ts|\bat /i;

test('errors: a table that is gone is 500, and nothing of it is told outside', async () => {
  const lines: string[] = [];
  const { api, database } = await startService({ onLog: (line) => lines.push(line) });
  const { tokens } = await api.signUp();
  for (const table of ['sessions', 'users']) await database.em.execute(`drop table ${table}`);
  const answers = [
    { form: 'problem', answer: await api.get('/me', tokens.access_token) },
    { form: 'problem', answer: await api.post('/signup', { email: `${CANARY}@example.com`, password: PASSWORD }) },
    { form: 'oauth', answer: await api.tryRefresh(tokens.refresh_token) },
    { form: 'oauth', answer: await api.form('/revoke', { token: tokens.refresh_token }) },
  ] as const;
  for (const { form, answer } of answers) {
    expectFailure(answer, form, 500, form === 'oauth' ? 'server_error' : 'internal_error');
    expect(answer.text).not.toMatch(inside);
  }
  expect(lines.filter((line) => JSON.parse(line).level === 50).length).toBe(answers.length);
});
