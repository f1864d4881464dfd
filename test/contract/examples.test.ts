// What the contract shows must be what it says. Everything is found by walking it: a new operation cannot be forgotten.
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ErrorCode } from '../../src/errors.ts';
import type { Endpoint, FailureForm } from '../../src/http/endpoint.ts';
import { failures } from '../../src/http/problem.ts';
import { failuresByStatus } from '../../src/openapi-failures.ts';
import { type Place, walkContract } from '../harness/contract-walk.ts';
import { startService } from '../harness/service.ts';

async function readContract() {
  const { endpoints } = await startService();
  return { endpoints, ...walkContract(endpoints) };
}

test('examples: the walk comes by every body and every JSON reply that an endpoint declares', async () => {
  const { endpoints, bodies, replies, refusals } = await readContract();
  const named = (places: readonly Place[]) => [...new Set(places.map(({ endpoint }) => endpoint.operationId))].sort();
  const declaring = (isIt: (endpoint: Endpoint) => boolean) =>
    endpoints
      .filter(isIt)
      .map(({ operationId }) => operationId)
      .sort();
  const sendsJson = ({ replies }: Endpoint) =>
    Object.values(replies).some(({ contentType }) => contentType?.includes('json'));
  expect(named(bodies)).toEqual(declaring(({ body }) => body !== undefined));
  expect(named(replies)).toEqual(declaring(sendsJson));
  expect(named(refusals)).toEqual(declaring(() => true));
});

test('examples: every request body and every JSON reply has one', async () => {
  const { bodies, replies, examplesOf } = await readContract();
  const bare = [...bodies, ...replies].filter(({ media }) => examplesOf(media).length === 0);
  expect(bare.map(({ where }) => where)).toEqual([]);
});

test('examples: each is as its schema says', async () => {
  const { bodies, replies, refusals, examplesOf, findFault } = await readContract();
  const faults = [...bodies, ...replies, ...refusals].flatMap(({ where, media }) =>
    examplesOf(media).map(([name, value]) => [where, name, findFault(media.schema, value)]),
  );
  expect(faults.filter(([, , fault]) => fault !== null)).toEqual([]);
});

test('examples: each request is one that the service itself would read', async () => {
  const { bodies, examplesOf } = await readContract();
  const unread = bodies.flatMap(({ where, endpoint, media }) =>
    examplesOf(media)
      .filter(([, value]) => !endpoint.body?.safeParse(value).success)
      .map(([name]) => `${where} ${name}`),
  );
  expect(unread).toEqual([]);
});

test('examples: each parameter has one, which the contract and the service accept', async () => {
  const { operations, findFault } = await readContract();
  const faults = operations.flatMap(({ operationId, endpoint, parameters }) =>
    parameters.map(({ name, in: place, schema }) => {
      const [example] = schema.examples;
      const part = { path: endpoint.params, query: endpoint.query, header: endpoint.headers }[place];
      const isRead = part?.safeParse({ [name]: example }).success === true;
      return [`${operationId} ${name}`, example !== undefined, isRead, findFault(schema, example)];
    }),
  );
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.filter(([, isThere, isRead, fault]) => !isThere || !isRead || fault !== null)).toEqual([]);
});

test('examples: every grant is shown by its name, asked for and answered', async () => {
  const { bodies, replies, examplesOf } = await readContract();
  const ofToken = [...bodies, ...replies].filter(({ endpoint }) => endpoint.operationId === 'createToken');
  const names = ofToken.map(({ media }) => examplesOf(media).map(([name]) => name));
  const grants = ['password', 'refresh_token', 'client_credentials'];
  expect(names).toEqual([grants, grants, grants]); // as a form, as JSON, and the answer
});

/** The member that says which failure it is: ours in a problem, that of the RFC in an OAuth error. */
const Failure = z.union([
  z.looseObject({ code: z.string(), status: z.int(), title: z.string() }),
  z.looseObject({ error: z.string(), error_description: z.string() }),
]);

function expected(form: FailureForm, code: ErrorCode) {
  const { status, oauth, title } = failures[code];
  return form === 'oauth'
    ? { error: oauth, error_description: expect.stringMatching(startOf(title)) }
    : { code, status, title };
}

function startOf(title: string): RegExp {
  return new RegExp(`^${title.replaceAll('.', '\\.')}`);
}

test('examples: every failure that an operation can have is shown under its status, and no other', async () => {
  const { endpoints, refusals, examplesOf } = await readContract();
  expect(refusals.length).toBe(endpoints.flatMap((endpoint) => [...failuresByStatus(endpoint)]).length);
  for (const { where, status, endpoint, media } of refusals) {
    const codes = failuresByStatus(endpoint).get(status) ?? [];
    const shown = examplesOf(media);
    expect([where, ...shown.map(([name]) => name)]).toEqual([where, ...codes]);
    for (const [at, code] of codes.entries()) {
      expect(Failure.parse(shown[at]?.[1]), where).toMatchObject(expected(endpoint.failures, code));
    }
  }
});

test('examples: a malformed request is shown with what is wrong with it, if there is a body that has to be there', async () => {
  const { refusals, examplesOf } = await readContract();
  const places = refusals.filter(({ status, endpoint }) => status === 400 && endpoint.failures === 'problem');
  const shown = places.map(({ endpoint, media }): [Endpoint, unknown] => {
    const problem = examplesOf(media).find(([name]) => name === 'invalid_request')?.[1];
    return [endpoint, z.looseObject({ errors: z.unknown().optional() }).parse(problem).errors];
  });
  const isSaid = ([{ body }, errors]: [Endpoint, unknown]) =>
    (errors !== undefined) === (body !== undefined && !body.safeParse({}).success);
  expect(shown.filter((one) => !isSaid(one)).map(([{ operationId }]) => operationId)).toEqual([]);
  expect(shown.some(([, errors]) => errors !== undefined)).toBe(true);
});

/** Members whose value opens something. */
const keys = ['token', 'access_token', 'refresh_token', 'client_secret', 'client_assertion', 'code', 'cursor'];

test('examples: nothing that opens something could be taken for a real one', async () => {
  const { bodies, replies, examplesOf } = await readContract();
  const secrets = [...bodies, ...replies].flatMap(({ where, media }) =>
    examplesOf(media).flatMap(([, value]) => secretsIn(value).map((secret) => `${where} ${secret}`)),
  );
  expect(secrets.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => !/ (example-|lkr_example-|eyJ\w+\.\.\.$)/.test(secret))).toEqual([]);
});

function secretsIn(value: unknown): string[] {
  if (!(value instanceof Object)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    keys.includes(name) && typeof member === 'string' ? [member] : secretsIn(member),
  );
}
