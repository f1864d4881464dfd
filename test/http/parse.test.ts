import { expect, test } from 'vitest';
import { z } from 'zod';
import { AuthError } from '../../src/errors.ts';
import { parse } from '../../src/http/parse.ts';

const Person = z.strictObject({
  name: z.string().min(2).max(4),
  age: z.number().optional(),
  colour: z.enum(['red', 'green']).optional(),
  address: z.strictObject({ city: z.string() }).optional(),
  tags: z.array(z.string()).optional(),
});

/** The failure, or null if there is none. */
function failureOf(schema: z.ZodType, input: unknown): AuthError | null {
  try {
    parse(schema, input);
    return null;
  } catch (error) {
    if (error instanceof AuthError) return error;
    throw error;
  }
}

test('parse: what fits is handed on as the schema makes it', () => {
  expect(parse(Person, { name: 'Ann' })).toEqual({ name: 'Ann' });
  expect(parse(z.string().transform(Number), '12')).toBe(12);
});

const faults = [
  ['a missing member', {}, '/name', 'required'],
  ['a member of another type', { name: 7 }, '/name', 'wrong_type'],
  ['null for a member', { name: null }, '/name', 'wrong_type'],
  ['too short a string', { name: 'A' }, '/name', 'too_short'],
  ['too long a string', { name: 'Annabel' }, '/name', 'too_long'],
  ['a value that is not among the known ones', { name: 'Ann', colour: 'blue' }, '/colour', 'invalid'],
  ['an unknown member', { name: 'Ann', surname: 'x' }, '/surname', 'unknown_member'],
  ['an unknown member further in', { name: 'Ann', address: { city: 'x', zip: 1 } }, '/address/zip', 'unknown_member'],
  ['a missing member further in', { name: 'Ann', address: {} }, '/address/city', 'required'],
  ['a wrong element of an array', { name: 'Ann', tags: ['a', 7] }, '/tags/1', 'wrong_type'],
] as const;

test.each(faults)('parse: %s is named with its rule', (_, input, pointer, code) => {
  expect(failureOf(Person, input)).toMatchObject({ code: 'invalid_request', details: { fields: [{ pointer, code }] } });
});

test('parse: everything that is wrong is said at once', () => {
  const failure = failureOf(Person, { name: 'A', age: 'x', one: 1, two: 2 });
  expect(failure?.details.fields?.map(({ pointer }) => pointer).sort()).toEqual(['/age', '/name', '/one', '/two']);
});

test('parse: values are never repeated, nor names that are not plain ones', () => {
  const odd = { 'a secret': 1, '<script>': 1, ['x'.repeat(65)]: 1, 'a/b': 1, naïve: 1 };
  const failure = failureOf(Person, { name: 'hunter2 hunter2', colour: 'hunter2', age: 'hunter2', ...odd });
  const said = JSON.stringify(failure?.details.fields);
  for (const word of ['hunter2', 'secret', 'script', 'xxx', 'a/b', 'naïve']) expect(said).not.toContain(word);
});

test('parse: a check of a schema can name the failure, its code and its words', () => {
  const named = z.string().refine(() => false, { params: { failure: 'invalid_scope' } });
  expect(failureOf(named, 'x')).toMatchObject({ code: 'invalid_scope' });
  const worded = z.string().refine(() => false, { params: { code: 'too_plain' }, error: 'Something else, please.' });
  const fields = [{ pointer: '', code: 'too_plain', detail: 'Something else, please.' }];
  expect(failureOf(worded, 'x')).toMatchObject({ code: 'invalid_request', details: { fields } });
});

test('parse: a check cannot name a failure that does not exist', () => {
  const schema = z.string().refine(() => false, { params: { failure: 'no_such_failure' } });
  expect(failureOf(schema, 'x')).toMatchObject({ code: 'invalid_request' });
});

test('parse: an error in a schema is not taken for a mistake of the caller', () => {
  const broken = z.string().transform(() => {
    throw new TypeError('a bug');
  });
  expect(() => parse(broken, 'x')).toThrow(TypeError);
});
