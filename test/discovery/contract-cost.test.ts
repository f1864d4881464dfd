import { expect, test } from 'vitest';
import { contractEndpoints } from '../../src/discovery/contract-routes.ts';

/** Anybody may ask for it, as often as they like; to write it takes the event loop dozens of milliseconds. */
test('contract: it is written once, however often it is asked for', async () => {
  let written = 0;
  const toYaml = async () => {
    written += 1;
    return 'openapi: 3.1.0';
  };
  const endpoints = contractEndpoints({ contract: () => ({ openapi: '3.1.0' }), toYaml });
  const yaml = endpoints.find(({ operationId }) => operationId === 'getOpenApiYaml');
  const origin = { ip: '127.0.0.1', userAgent: null, requestId: 'x' };
  const input = { params: undefined, query: undefined, headers: undefined, body: undefined };
  for (let times = 0; times < 3; times += 1) await yaml?.handle(input, { caller: null, origin });
  expect(written).toBe(1);
});
