import { expect, test } from 'vitest';
import { CANARY, expectFailure } from './failures.ts';
import { serveOperation } from './one-operation.ts';

const codes = {
  SQLite: ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE'],
  'SQLite, damaged or shut': ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_CORRUPT', 'SQLITE_NOTADB'],
  'PostgreSQL, out of reach': ['08006', '08001', '57P01', '57P03', '58030', '25006'],
  'PostgreSQL, out of room or of patience': ['53300', '53100', '55P03', '57014', '40001', '40P01'],
  'the network': ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'],
};

test.each(Object.entries(codes))('unavailable: trouble with %s is 503 and says when to come back', async (_, all) => {
  const trouble = { code: '' };
  const { api } = await serveOperation(() => Promise.reject(Object.assign(new Error(CANARY), trouble)));
  for (const code of all) {
    trouble.code = code;
    for (const form of ['oauth', 'problem'] as const) {
      const answer = await api.get(`/${form}`);
      expectFailure(answer, form, 503, form === 'oauth' ? 'temporarily_unavailable' : 'unavailable', code);
      expect(answer.headers.get('retry-after'), code).toMatch(/^[1-9]\d*$/);
    }
  }
});

const messages = [
  'Connection terminated unexpectedly',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
];

test.each(messages)(
  'unavailable: "%s", which comes without a code, is 503 too, alone or as a cause',
  async (message) => {
    const alone = await serveOperation(() => Promise.reject(new Error(message)));
    const wrapped = await serveOperation(() => Promise.reject(new Error('', { cause: new Error(message) })));
    for (const { api } of [alone, wrapped]) expectFailure(await api.get('/problem'), 'problem', 503, 'unavailable');
  },
);
