import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { describeContract, toYaml } from '../../src/openapi.ts';
import { startService } from '../harness/service.ts';

const Response = z.looseObject({ content: z.record(z.string(), z.object({ schema: z.unknown() })).default({}) });
const Operation = z.looseObject({ operationId: z.string(), responses: z.record(z.string(), Response) });

const Contract = z.looseObject({
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

/** The parts of a schema that say what an object may hold, or where the next object is. */
const Schema = z.looseObject({
  $ref: z
    .string()
    .transform((reference) => reference.replace('#/components/schemas/', ''))
    .optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
  allOf: z.array(z.unknown()).default([]),
});

test('openapi: the committed contract is what the endpoints say', async () => {
  const { endpoints } = await startService();
  const committed = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  expect(await toYaml(describeContract(endpoints, '/'))).toBe(committed);
});

test('openapi: every endpoint is an operation of the contract, under its own name, and nothing else is', async () => {
  const { endpoints } = await startService();
  const { paths } = Contract.parse(describeContract(endpoints, '/'));
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
  );
  const declared = endpoints.map(({ method, path, operationId }) => `${method} ${template(path)} ${operationId}`);
  expect(described.sort()).toEqual(declared.sort());
  const names = endpoints.map(({ operationId }) => operationId);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test('openapi: a reply names every member that it can have, but for those that are open by design', async () => {
  const { endpoints } = await startService();
  const { paths, components } = Contract.parse(describeContract(endpoints, '/'));
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const open = operations.flatMap(({ operationId, responses }) =>
    Object.values(responses)
      .flatMap(({ content }) => Object.values(content))
      .flatMap(({ schema }) => findOpen(schema, operationId, components.schemas)),
  );
  expect([...new Set(open)].sort()).toEqual(['AuditEvent.details', 'OpenApiDocument', 'User.metadata']);
});

test('openapi: both formats serve the contract of this deployment', async () => {
  const { api, endpoints, config } = await startService({ env: { ISSUER: 'https://id.example' } });
  const [json, yaml] = [await api.get('/openapi.json'), await api.get('/openapi.yaml')];
  expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(yaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
  expect(parse(yaml.text)).toEqual(json.body);
  expect(json.body).toEqual(JSON.parse(JSON.stringify(describeContract(endpoints, config.issuer))));
  expect(Contract.parse(json.body).servers).toEqual([{ url: 'https://id.example' }]);
});

/** The router writes `:id` where OpenAPI writes `{id}`. */
function template(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

/** Where a schema lets an object have members that it does not name. A named schema is its own place. */
function findOpen(schema: unknown, place: string, named: Readonly<Record<string, unknown>>): string[] {
  const { $ref, type, properties, additionalProperties, items, anyOf, oneOf, allOf } = Schema.parse(schema);
  if ($ref !== undefined) return findOpen(named[$ref], $ref, named);
  const isOpen = [type].flat().includes('object') && additionalProperties !== false;
  const members = Object.entries(properties).flatMap(([name, member]) => findOpen(member, `${place}.${name}`, named));
  const parts = [...anyOf, ...oneOf, ...allOf, ...(items === undefined ? [] : [items])];
  return [...(isOpen ? [place] : []), ...members, ...parts.flatMap((part) => findOpen(part, place, named))];
}
