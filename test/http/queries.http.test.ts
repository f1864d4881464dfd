// The query of every operation that reads one: what it does not know is refused and named, because a misspelt member would
// otherwise be a condition that is silently not checked.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Call, startWithCallers } from './every-operation.ts';
import { expectFailure } from './failures.ts';

const timeout = 120_000;

const Schema = z.object({ properties: z.record(z.string(), z.unknown()) });

function membersOf({ endpoint: { query } }: Call): string[] {
  return query ? Object.keys(Schema.parse(z.toJSONSchema(query, { io: 'input' })).properties) : [];
}

/** In place of members that there are. */
const unknown = ['scopes', 'Scope', 'audiences', 'limits', 'constructor', '__proto__', 'toString', 'x'];

test('queries: a member that the operation does not know is refused and named', { timeout }, async () => {
  const { api, calls } = await startWithCallers();
  const reading = calls.filter(({ endpoint }) => endpoint.query);
  expect(reading.length).toBeGreaterThan(3);
  for (const { endpoint, headers, label, method, target } of reading) {
    for (const name of unknown) {
      const answer = await api.send(method, `${target}?${name}=1`, { headers });
      expectFailure(answer, endpoint.failures, 400, 'invalid_request', `${label} ${name}`);
      expect(answer.body.errors, `${label} ${name}`).toMatchObject([{ pointer: `/${name}`, code: 'unknown_member' }]);
    }
  }
});

test('queries: a member that is sent twice is refused and named', { timeout }, async () => {
  const { api, calls } = await startWithCallers();
  for (const call of calls) {
    for (const name of membersOf(call)) {
      const query = `?${name}=1&${name}=1`;
      const answer = await api.send(call.method, call.target + query, { headers: call.headers });
      expectFailure(answer, call.endpoint.failures, 400, 'invalid_request', `${call.label} ${name}`);
      expect(answer.body.errors, call.label).toMatchObject([{ pointer: `/${name}` }]);
    }
  }
});
