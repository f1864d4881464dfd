// http/parse.ts: a zod schema applied to what a stranger sent, and what is said when it does not fit. The answer names
// the member and the rule, never the value.
import type { z } from 'zod';
import { AuthError, type ErrorCode, errorCodes, type FieldError } from '../errors.ts';

type Issue = z.core.$ZodIssue;

/** Throws `AuthError('invalid_request')` with one field error for everything that is wrong. */
export function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { issues } = result.error;
  throw new AuthError(failureOf(issues), { fields: issues.flatMap((issue) => fieldErrors(issue, input)) });
}

/** A schema's own check can name the failure: `params: { failure: 'unsupported_grant_type' }`. */
function failureOf(issues: readonly Issue[]): ErrorCode {
  const named = issues.map((issue) => issue.code === 'custom' && issue.params?.failure);
  return errorCodes.find((code) => named.includes(code)) ?? 'invalid_request';
}

function fieldErrors(issue: Issue, input: unknown): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointer([...issue.path, key]), ...unknownMember }));
  }
  return [{ pointer: pointer(issue.path), ...explain(issue, valueAt(input, issue.path)) }];
}

type Explanation = Pick<FieldError, 'code' | 'detail'>;

const unknownMember: Explanation = { code: 'unknown_member', detail: 'This operation has no such member.' };

function explain(issue: Issue, value: unknown): Explanation {
  if (value === undefined) return { code: 'required', detail: 'This member is required.' };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'wrong_type', detail: `This must be of type ${issue.expected}.` };
    case 'too_small':
      return { code: 'too_short', detail: `This must have a length of at least ${issue.minimum}.` };
    case 'too_big':
      return { code: 'too_long', detail: `This must have a length of at most ${issue.maximum}.` };
    case 'custom':
      return { code: customCode(issue.params), detail: issue.message };
    default:
      return { code: 'invalid', detail: 'This does not have the form that is asked for.' };
  }
}

function customCode(params: Record<string, unknown> | undefined): string {
  return typeof params?.code === 'string' ? params.code : 'invalid';
}

/** RFC 6901. A member is named only if its name is a plain one: whatever else was sent is not repeated. */
function pointer(path: readonly PropertyKey[]): string {
  return path
    .map(String)
    .filter((name) => /^\w{1,64}$/.test(name))
    .map((name) => `/${name}`)
    .join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value instanceof Object ? Reflect.get(value, key) : undefined), input);
}
