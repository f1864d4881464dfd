import { expect, test } from 'vitest';
import { contractEndpoints } from '../../src/discovery/contract-routes.ts';
import { Ready } from '../../src/http/reply.ts';

/** Any client may ask at any rate, and writing the document takes the event loop dozens of milliseconds. */
test('contract: each form is written and checked once, and every request gets the same bytes', async () => {
  const written = { json: 0, yaml: 0 };
  const contract = () => {
    written.json += 1;
    return { openapi: '3.1.0' };
  };
  const toYaml = async () => {
    written.yaml += 1;
    return 'openapi: 3.1.0';
  };
  const origin = { ip: '127.0.0.1', userAgent: null, requestId: 'x' };
  const input = { params: undefined, query: undefined, headers: undefined, body: undefined };
  for (const { operationId, handle } of contractEndpoints({ contract, toYaml })) {
    const bodies = new Set<unknown>();
    for (let times = 0; times < 3; times += 1) bodies.add((await handle(input, { caller: null, origin })).body);
    expect([...bodies], operationId).toEqual([expect.any(Ready)]);
  }
  expect(written).toEqual({ json: 1, yaml: 1 });
});
