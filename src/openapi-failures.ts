// openapi-failures.ts: what an operation can be refused with, and what the refusals look like, read off THE table.
import { AuthError, type ErrorCode, type ErrorDetails } from './errors.ts';
import { story } from './examples.ts';
import type { Endpoint, FailureForm } from './http/endpoint.ts';
import { parse } from './http/parse.ts';
import { failures, oauthBody, problemBody } from './http/problem.ts';

type Json = Record<string, unknown>;

/** Failures that every operation can have, whoever calls and whatever it does; a repeated Host field is one. */
const always: readonly ErrorCode[] = ['invalid_request', 'internal_error', 'unavailable'];
const badBody: readonly ErrorCode[] = ['unsupported_media_type', 'payload_too_large'];

export function failuresByStatus({ body, guard, limit, quota, errors = [] }: Endpoint): Map<number, ErrorCode[]> {
  const limited: ErrorCode[] = limit === 'none' && quota === undefined ? [] : ['rate_limited'];
  const codes = new Set([...always, ...(body ? badBody : []), ...guard.errors, ...errors, ...limited]);
  return Map.groupBy(codes, (code) => failures[code].status);
}

/** A line for each thing that can be behind one status. */
export function failureTitles({ failures: form }: Endpoint, codes: readonly ErrorCode[]): string {
  const titles = codes.map((code) => `${form === 'oauth' ? failures[code].oauth : code}: ${failures[code].title}`);
  return [...new Set(titles)].join('\n');
}

/** Most refusals are the same wherever they are met: those go to `shared`, and are referred to. */
export function failureExamples(endpoint: Endpoint, codes: readonly ErrorCode[], shared: Json): Json {
  return Object.fromEntries(codes.map((code) => [code, failureExample(endpoint, code, shared)]));
}

function failureExample(endpoint: Endpoint, code: ErrorCode, shared: Json): Json {
  const { failures: form } = endpoint;
  const ofBody = code === 'invalid_request' ? refusalOfNothing(endpoint) : null;
  if (ofBody) return { value: bodyOf(form, ofBody) };
  const name = `${form}.${code}`;
  shared[name] = { value: bodyOf(form, new AuthError(code, details[code])) };
  return { $ref: `#/components/examples/${name}` };
}

const details: Partial<Record<ErrorCode, ErrorDetails>> = {
  email_unverified: { reason: 'email_unverified' },
  refresh_token_reused: { reason: 'token_reused' },
};

/** What is said to an empty body; null where it may be empty. */
function refusalOfNothing({ body }: Endpoint): AuthError | null {
  try {
    if (body) parse(body, {});
    return null;
  } catch (error) {
    if (error instanceof AuthError) return error;
    throw error;
  }
}

function bodyOf(form: FailureForm, error: AuthError) {
  return form === 'oauth' ? oauthBody(error) : problemBody(error, story);
}
