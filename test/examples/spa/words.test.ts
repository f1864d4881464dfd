import { expect, test } from 'vitest';
import { type Failure, failureWords, faultsIn, reasonWords, summaryWords } from '../../../examples/spa/src/words.ts';
import { endReasons } from '../../../src/errors.ts';

const failure = (members: Partial<Failure>): Failure => ({
  status: 400,
  code: 'invalid_request',
  reason: null,
  errors: [],
  retryAfterSeconds: null,
  ...members,
});

test.each([
  ['token_reused', 'For your safety you were signed out: your session was used from somewhere else.'],
  ['expired', 'Your session has expired.'],
  ['expired_idle', 'Your session has expired.'],
  ['ended_by_user', 'This session was ended on another device.'],
  ['password_changed', 'You were signed out because your password was changed.'],
  ['password_reset', 'You were signed out because your password was reset.'],
  ['logged_out', 'You are signed out.'],
  ['too_many_sessions', 'You were signed out.'],
  ['storage_cleared', 'You were signed out.'],
  ['constructor', 'You were signed out.'],
])('reason: %s', (reason, words) => {
  expect(reasonWords(reason)).toBe(words);
});

test('reason: each that the service has, a sentence without its name', () => {
  for (const reason of endReasons) expect(reasonWords(reason)).toMatch(/^[A-Z][^_]+\.$/);
});

test.each([
  [{ status: 429, retryAfterSeconds: 1 }, 'Too many attempts. Try again in 1 second.'],
  [{ status: 429, retryAfterSeconds: 45 }, 'Too many attempts. Try again in 45 seconds.'],
  [{ status: 429, retryAfterSeconds: 60 }, 'Too many attempts. Try again in 60 seconds.'],
  [{ status: 429, retryAfterSeconds: 121 }, 'Too many attempts. Try again in 3 minutes.'],
  [{ status: 429, retryAfterSeconds: 900 }, 'Too many attempts. Try again in 15 minutes.'],
  [{ status: 503, code: 'overloaded' }, 'The service cannot be reached. Try again.'],
  [{ status: 0, code: 'network' }, 'The service cannot be reached. Try again.'],
  [{ status: 500, code: 'internal_error' }, 'Something went wrong. Try again.'],
  [{ code: 'toString' }, 'Something went wrong. Try again.'],
  [{ code: 'invalid_grant' }, 'The user name or the password is wrong.'],
  [
    { code: 'invalid_grant', reason: 'email_unverified' },
    'Your e-mail address has to be verified first. The link is in your mailbox.',
  ],
  [{ code: 'code_invalid' }, 'This link is not valid any more. Ask for a new mail.'],
  [{ code: 'code_sets_no_password' }, 'This link cannot set a password. Ask for a mail to reset it.'],
  [{ status: 403, code: 'proof_required' }, 'This link is for another account. Enter the password of that account.'],
  [{ status: 409, code: 'already_verified' }, 'This e-mail address is verified already.'],
])('failure: %j', (members, words) => {
  expect(failureWords(failure(members))).toBe(words);
});

test('faults: each has the name of its field, and our words where we have some', () => {
  const errors = [
    { pointer: '/email', code: 'email_taken', detail: 'There is an account with this e-mail address.' },
    { pointer: '/preferred_username', code: 'username_taken', detail: 'There is an account with this user name.' },
    { pointer: '/password', code: 'password_too_short', detail: 'The password has fewer than 8 characters.' },
  ];
  expect(faultsIn(failure({ status: 409, code: 'email_taken', errors }))).toEqual([
    { name: 'email', message: 'This e-mail address already has an account.' },
    { name: 'preferred_username', message: 'This user name is taken.' },
    { name: 'password', message: 'The password has fewer than 8 characters.' },
  ]);
});

test('summary: counts the marked fields', () => {
  expect(summaryWords(1)).toBe('Please look at the marked field.');
  expect(summaryWords(3)).toBe('Please look at the 3 marked fields.');
});
