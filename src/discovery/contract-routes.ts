// discovery/contract-routes.ts: the contract, served by what it describes.
import { z } from 'zod';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { anyone } from '../http/guard.ts';
import { json, ok, text } from '../http/reply.ts';
import { once } from '../platform/once.ts';

const Contract = z.looseObject({ openapi: z.string() }).meta({
  id: 'OpenApiDocument',
  examples: [{ openapi: '3.1.0', info: { title: 'Latchkey', version: '1.0.0' }, paths: {} }],
});

interface Parts {
  /** Asked late: the document lists these endpoints too. */
  readonly contract: () => z.input<typeof Contract>;
  readonly toYaml: (contract: object) => Promise<string>;
}

export function contractEndpoints({ contract, toYaml }: Parts): Endpoint[] {
  // Anybody may ask, as often as they like; to write it takes the event loop dozens of milliseconds.
  const document = once(contract);
  const yaml = once(() => toYaml(document()));

  const common = { method: 'get', tag: 'Operations', guard: anyone, limit: 'none', failures: 'problem' } as const;
  return [
    endpoint({
      ...common,
      path: '/openapi.json',
      operationId: 'getOpenApiJson',
      summary: 'This contract, as JSON',
      replies: { 200: json('The document.', Contract) },
      handle: async () => ok(document()),
    }),
    endpoint({
      ...common,
      path: '/openapi.yaml',
      operationId: 'getOpenApiYaml',
      summary: 'This contract, as YAML',
      replies: { 200: text('The document.', 'application/yaml', z.string()) },
      handle: async () => ok(await yaml()),
    }),
  ];
}
