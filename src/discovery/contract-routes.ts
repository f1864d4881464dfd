// discovery/contract-routes.ts: the contract, served by what it describes.
import { z } from 'zod';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { anyone } from '../http/guard.ts';
import { empty, json, ok, Ready, text, withHeaders } from '../http/reply.ts';
import { once } from '../platform/once.ts';

const Contract = z.looseObject({ openapi: z.string() }).meta({
  id: 'OpenApiDocument',
  examples: [{ openapi: '3.1.0', info: { title: 'Latchkey', version: '1.0.0' }, paths: {} }],
});

const caching = { ETag: 'Names this version of the document.' };
const unchanged = withHeaders(empty('The document has not changed since that ETag.'), caching);

interface Parts {
  /** Asked late: the document lists these endpoints too. */
  readonly contract: () => z.input<typeof Contract>;
  readonly toYaml: (contract: object) => Promise<string>;
}

export function contractEndpoints({ contract, toYaml }: Parts): Endpoint[] {
  // Any client may ask at any rate, and writing the document takes the event loop dozens of milliseconds.
  const document = once(contract);
  const readyJson = once(() => prepare(Contract, document()));
  const readyYaml = once(async () => prepare(z.string(), await toYaml(document())));

  const common = { method: 'get', tag: 'Operations', guard: anyone, limit: 'none', failures: 'problem' } as const;
  return [
    endpoint({
      ...common,
      path: '/openapi.json',
      operationId: 'getOpenApiJson',
      summary: 'This contract, as JSON',
      replies: { 200: withHeaders(json('The document.', Contract), caching), 304: unchanged },
      handle: async () => readyJson(),
    }),
    endpoint({
      ...common,
      path: '/openapi.yaml',
      operationId: 'getOpenApiYaml',
      summary: 'This contract, as YAML',
      replies: { 200: withHeaders(text('The document.', 'application/yaml', z.string()), caching), 304: unchanged },
      handle: () => readyYaml(),
    }),
  ];
}

/** A client that kept the document asks again each time, and gets a 304 while it is the same. */
function prepare<Body>(schema: z.ZodType<unknown, Body>, body: Body) {
  const ready = new Ready(schema, body);
  return ok(ready, { ETag: ready.etag(), 'Cache-Control': 'no-cache' });
}
