import { describe, expect, test } from 'vitest';
import { errorCode, isUnavailable } from '../../src/platform/database-errors.ts';

function failure(code: unknown, message = 'a message of the driver'): Error {
  return Object.assign(new Error(message), { code });
}

describe('database errors: our trouble', () => {
  test.each([
    // SQLite
    'SQLITE_BUSY',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_LOCKED',
    'SQLITE_LOCKED_SHAREDCACHE',
    'SQLITE_FULL',
    'SQLITE_IOERR',
    'SQLITE_IOERR_FSYNC',
    'SQLITE_CANTOPEN',
    'SQLITE_READONLY',
    'SQLITE_READONLY_DBMOVED',
    'SQLITE_NOMEM',
    'SQLITE_CORRUPT',
    'SQLITE_NOTADB',
    // PostgreSQL
    '08000', // connection_exception
    '08006', // connection_failure
    '08P01', // protocol_violation
    '25006', // read_only_sql_transaction: a standby
    '40001', // serialization_failure
    '40P01', // deadlock_detected
    '53100', // disk_full
    '53200', // out_of_memory
    '53300', // too_many_connections
    '55P03', // lock_not_available
    '57014', // query_canceled: the statement timeout
    '57P01', // admin_shutdown
    '57P03', // cannot_connect_now: still starting
    '58030', // io_error
    // the socket
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
  ])('%s', (code) => {
    expect(isUnavailable(failure(code))).toBe(true);
  });

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'The database connection is not open',
    'driver has already been destroyed',
  ])('without a code: %s', (message) => {
    expect(isUnavailable(new Error(message))).toBe(true);
  });

  test('as the cause of another error', () => {
    const wrapped = new Error('outer', { cause: new Error('inner', { cause: failure('ECONNREFUSED') }) });
    expect(isUnavailable(wrapped)).toBe(true);
  });
});

describe('database errors: not our trouble', () => {
  test.each([
    'SQLITE_CONSTRAINT_UNIQUE',
    'SQLITE_CONSTRAINT_NOTNULL',
    'SQLITE_ERROR',
    'SQLITE_MISMATCH',
    'NOT_SQLITE_BUSY',
    '22001', // string_data_right_truncation
    '22021', // character_not_in_repertoire
    '23505', // unique_violation
    '25001', // active_sql_transaction
    '42P01', // undefined_table
    '42601', // syntax_error
    '08', // not a SQLSTATE
    '530000',
    'ENOENT',
    'ERR_INVALID_ARG_TYPE',
  ])('%s', (code) => {
    expect(isUnavailable(failure(code))).toBe(false);
  });

  test('a code decides, whatever the message says', () => {
    expect(isUnavailable(failure('23505', 'Connection terminated unexpectedly'))).toBe(false);
  });

  test.each([undefined, null, 'ECONNREFUSED', 503, { code: 'ECONNREFUSED' }, new Error('a bug'), new Error('')])(
    'thrown: %s',
    (thrown) => {
      expect(isUnavailable(thrown)).toBe(false);
    },
  );
});

test('database errors: a code is a string, or it is none', () => {
  expect(errorCode(failure('23505'))).toBe('23505');
  expect(errorCode(failure(5))).toBeUndefined();
  expect(errorCode(new Error('none'))).toBeUndefined();
});
