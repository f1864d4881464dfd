import { DriverException, UniqueConstraintViolationException } from '@mikro-orm/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AuthError } from '../../src/errors.ts';
import { createLogger, type logLevels } from '../../src/platform/logger.ts';
import { startService } from '../harness/service.ts';

const Line = z.looseObject({
  time: z.iso.datetime(),
  err: z
    .strictObject({
      type: z.string(),
      code: z.string().optional(),
      message: z.string().optional(),
      stack: z.string().optional(),
    })
    .optional(),
});

function createLog(level: (typeof logLevels)[number] = 'trace') {
  const written: string[] = [];
  const log = createLogger(level, { write: (text) => written.push(text) });
  return { log, written, last: () => Line.parse(JSON.parse(written.at(-1) ?? '')) };
}

const statement = `insert into users (email, hash) values ('ann@example.com', '$argon2id$v=19$secret')`;

test('logger: a line is one JSON object with an instant, and nothing of the machine', () => {
  const { log, written, last } = createLog();
  log.info({ port: 3000 }, 'listening');
  expect(written).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  expect(last()).toEqual({ level: 30, time: expect.any(String), port: 3000, msg: 'listening' });
});

test('logger: whatever is logged stays inside one line of printable text', () => {
  const unit = fc.constantFrom('a', '\r', '\n', '\u001b[2J', '\0', '"', '\\', '\u0007', '{', '}', '\ud800', '\b');
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const { log, written } = createLog();
      log.info({ text }, text);
      expect(written).toHaveLength(1);
      const [line = ''] = written;
      expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(line)).toMatchObject({ text, msg: text });
    }),
  );
});

test('logger: of a database error only the code and the place are told', () => {
  const { log, written, last } = createLog();
  const error = Object.assign(new Error(`${statement} - duplicate key`), { code: '23505', detail: statement });
  log.error({ err: error }, 'internal_error');
  expect(last().err).toEqual({
    type: 'Error',
    code: '23505',
    stack: expect.stringContaining('logger.test.ts'),
  });
  expect(written.join()).not.toMatch(/insert|ann@|argon2|duplicate/);
});

describe('logger: a value with line breaks does not pass for a place in the code', () => {
  const text = `insert into users (name, hash) values ('x\n    at canary', '$argon2id$v=19$secret')`;
  const thrownByDriver = Object.assign(new Error(text), { code: '23505' });

  test.each([
    ['as the driver throws it', thrownByDriver],
    ['as the ORM passes it on', new DriverException(thrownByDriver)],
  ])('%s', (_, error) => {
    const { log, written, last } = createLog();
    log.error({ err: error }, 'internal_error');
    expect(last().err?.stack).toContain('logger.test.ts');
    expect(written.join()).not.toMatch(/canary|argon2id/);
  });
});

test('logger: a real violation of the database is told without its row', async () => {
  const { users, database } = await startService();
  const email = { address: 'ann@example.com', canonical: 'ann@example.com' };
  const profile = { givenName: null, familyName: null, name: null, locale: null, zoneinfo: null };
  const ann = { email, username: null, profile, passwordHash: '$argon2id$v=19$secret' };
  const create = () => database.em.transactional((tx) => users.create(tx, ann));
  const { id } = await create();
  const error: unknown = await create().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UniqueConstraintViolationException);

  const { log, written, last } = createLog();
  log.error({ err: error }, 'internal_error');
  expect(last().err).toMatchObject({
    type: 'UniqueConstraintViolationException',
    code: expect.stringMatching(/^(23505|SQLITE_CONSTRAINT_UNIQUE)$/),
  });
  expect(written.join()).not.toMatch(/example\.com|argon2|insert into/i);
  expect(written.join()).not.toContain(id);
});

test('logger: an error of our own is told with its message and its place', () => {
  const { log, last } = createLog();
  log.error({ err: new RangeError('There is no such generation.') }, 'internal_error');
  expect(last().err).toEqual({
    type: 'RangeError',
    message: 'There is no such generation.',
    stack: expect.stringMatching(/^\s+at .*logger\.test\.ts/),
  });
});

test.each(['at', 'e', '\n', '    at', 'logger.test.ts'])(
  'logger: the message %j does not hide the place',
  (message) => {
    const { log, last } = createLog();
    log.error({ err: new Error(message) }, 'internal_error');
    expect(last().err).toEqual({
      type: 'Error',
      message,
      stack: expect.stringMatching(/^\s+at .*logger\.test\.ts:\d+/),
    });
  },
);

test('logger: an expected failure is told by its code', () => {
  const { log, last } = createLog();
  log.error({ err: new AuthError('unavailable', { fields: [] }) }, 'unavailable');
  expect(last().err).toMatchObject({ type: 'AuthError', code: 'unavailable' });
});

test.each(['a string', { password: 'swordfish' }, 5, null])(
  'logger: of a thrown %s only the kind is told',
  (thrown) => {
    const { log, written, last } = createLog();
    log.error({ err: thrown }, 'internal_error');
    expect(last().err).toEqual({ type: typeof thrown });
    expect(written.join()).not.toMatch(/swordfish|a string/);
  },
);

test('logger: an error without a stack is still told', () => {
  const { log, last } = createLog();
  const error = new Error('bare');
  delete error.stack;
  log.error({ err: error }, 'internal_error');
  expect(last().err).toEqual({ type: 'Error', message: 'bare', stack: '' });
});

test('logger: what is below the level is not written', () => {
  const { log, written } = createLog('warn');
  log.info('not now');
  log.warn('now');
  expect(written).toEqual([expect.stringContaining('"msg":"now"')]);
});

test('logger: silent is silent', () => {
  const { log, written } = createLog('silent');
  log.fatal('the end');
  expect(written).toEqual([]);
});
