// test/fuzz/soundness.ts: what is true of every answer, whatever it answers.
import { expect } from 'vitest';
import { z } from 'zod';
import type { FailureForm } from '../../src/http/endpoint.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { baseHeaders, CANARY } from '../http/failures.ts';

const contentTypes: Readonly<Record<FailureForm, string>> = {
  oauth: 'application/json; charset=utf-8',
  problem: 'application/problem+json; charset=utf-8',
};

/** Never a breakdown; a failure comes in the envelope of its path, and repeats nothing. */
export function expectSound({ status, headers, text }: Answer, form: FailureForm, label: string): void {
  expect(status === 503 || (status >= 200 && status < 500), `${label} ${status}`).toBe(true);
  expect(Object.fromEntries(headers), label).toMatchObject(baseHeaders);
  expect(headerText(headers), label).not.toContain(CANARY);
  expect(Reflect.get({}, 'polluted'), label).toBeUndefined();
  if (status < 400) return;
  expect(headers.get('content-type'), label).toBe(contentTypes[form]);
  expect(text, label).not.toContain(CANARY);
}

/** Node reads a header section up to this, in bytes, and answers a larger one by itself. */
const MAX_HEAD = 16 * 1024;

export function isTooLarge(lines: readonly string[]): boolean {
  return lines.join('\r\n').length > MAX_HEAD;
}

/**
 * A client chooses its own name, and is told where it can be found under it. A challenge names the scopes that a proxy asked for
 * at /forward-auth (RFC 6750 section 3), which can hold nothing but characters of a scope.
 */
function headerText(headers: Headers): string {
  const told = [...headers].filter(([name]) => name !== 'location');
  return JSON.stringify(told.map(([name, value]) => [name, name === CHALLENGE ? withoutScope(value) : value]));
}

const CHALLENGE = 'www-authenticate';
const withoutScope = (challenge: string) => challenge.replace(/, scope="[\x21\x23-\x5b\x5d-\x7e ]*"$/, '');

/** At least so many random bits that it is nobody's name. The thumbprint of a key is as long, and everybody's. */
const SECRET_LENGTH = 40;
const isSecret = (value: string, open: unknown) => value.length >= SECRET_LENGTH && value !== open;

const Kid = z.object({ kid: z.string().optional() }).catch({});

/** An administrator names a role, and the log says which one was created. */
const withoutRole = (line: string) => line.replace(/"role":"[a-z0-9_.-]*"/, '');

/** Neither what was sent nor what was answered, nor any trouble that nobody has foreseen. */
export function expectQuiet(log: readonly string[], real: readonly string[], { body }: Pick<Answer, 'body'>): void {
  const given = Object.values(body instanceof Object ? body : {}).filter((value) => typeof value === 'string');
  const { kid } = Kid.parse(body instanceof Object ? body : {});
  const secrets = [CANARY, PASSWORD, ...[...real, ...given].filter((value) => isSecret(value, kid))];
  for (const line of log) {
    expect(line).not.toContain('internal_error');
    expect(
      secrets.filter((secret) => withoutRole(line).includes(secret)),
      line,
    ).toEqual([]);
  }
}
