// test/http/failures.ts: what a failed request is answered with, whatever it failed for.
import { expect } from 'vitest';
import type { FailureForm } from '../../src/http/endpoint.ts';
import type { Answer } from '../harness/api.ts';

/** Put into a request, it must not come back: neither in an answer nor in the log. */
export const CANARY = 'canary5c1f';

/** On every answer; `Cache-Control` is told apart, because what is public may be stored. */
export const baseHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-request-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
};

/** `code` is what the envelope says: ours in a problem, RFC 6749's in an OAuth error. */
export function expectFailure(answer: Answer, form: FailureForm, status: number, code: string, label = ''): void {
  expectFailureHeaders(answer, form, status, label);
  if (form === 'oauth') expect(answer.body, label).toEqual({ error: code, error_description: description });
  else expect(answer.body, label).toMatchObject({ ...problem, status, code });
  expectNothingLeaks(answer, label);
}

/** The part of a failure that an answer to HEAD has too. */
export function expectFailureHeaders({ status, headers }: Answer, form: FailureForm, expected: number, label = '') {
  expect(`${status} ${headers.get('content-type')}`, label).toBe(`${expected} ${contentTypes[form]}`);
  expect(Object.fromEntries(headers), label).toMatchObject({ ...baseHeaders, 'cache-control': 'no-store' });
}

/** The input does not come back, and has left no trace on every other object. */
export function expectNothingLeaks({ text, headers }: Answer, label = ''): void {
  expect(text + JSON.stringify([...headers]), label).not.toContain(CANARY);
  expect(Reflect.get({}, 'polluted'), label).toBeUndefined();
}

const contentTypes: Readonly<Record<FailureForm, string>> = {
  oauth: 'application/json; charset=utf-8',
  problem: 'application/problem+json; charset=utf-8',
};

const problem = {
  type: expect.stringMatching(/^http:\/\/localhost:\d+\/errors#\w+$/),
  title: expect.any(String),
  request_id: expect.any(String),
};

/** RFC 6749 section 5.2: printable ASCII without quote and backslash. */
const description = expect.stringMatching(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
