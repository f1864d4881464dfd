// test/harness/contract-walk.ts: every body, answer, parameter and example of the contract, found by walking it.
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { describeContract } from '../../src/openapi.ts';
import { createSchemaCheck } from './contract-check.ts';

const Schema = z.looseObject({ $ref: z.string().optional(), examples: z.array(z.unknown()).default([]) });
const Example = z.union([z.strictObject({ value: z.unknown() }), z.strictObject({ $ref: z.string() })]);
const Media = z.object({ schema: Schema, examples: z.record(z.string(), Example).default({}) });
const Content = z.record(z.string(), Media);

const Operation = z.object({
  operationId: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema: Schema })).default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.default({}) })),
});

const Contract = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), Schema),
    examples: z.record(z.string(), z.object({ value: z.unknown() })),
  }),
});

type Media = z.output<typeof Media>;

export interface Place {
  readonly where: string;
  readonly endpoint: Endpoint;
  readonly media: Media;
}

export function walkContract(endpoints: readonly Endpoint[]) {
  const written: object = JSON.parse(JSON.stringify(describeContract(endpoints, '/')));
  const { paths, components } = Contract.parse(written);
  const operations = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => ({ ...operation, endpoint: find(endpoints, operation.operationId) }));

  function placesIn(content: z.output<typeof Content>, endpoint: Endpoint, part: string): Place[] {
    return Object.entries(content).map(([type, media]) => ({
      where: `${endpoint.operationId} ${part} ${type}`,
      endpoint,
      media,
    }));
  }

  /** Those of the media type by their names, and then those of its schema. */
  function examplesOf({ schema, examples }: Media): [name: string, value: unknown][] {
    const named = Object.entries(examples).map(([name, example]): [string, unknown] => [name, contentOf(example)]);
    const { examples: own } = schema.$ref ? get(components.schemas, schema.$ref) : schema;
    return [...named, ...own.map((value, at): [string, unknown] => [String(at), value])];
  }

  function contentOf(example: z.output<typeof Example>): unknown {
    return '$ref' in example ? get(components.examples, example.$ref).value : example.value;
  }

  const bodies = operations.flatMap(({ endpoint, requestBody }) =>
    placesIn(requestBody?.content ?? {}, endpoint, 'request'),
  );
  const answers = operations.flatMap(({ endpoint, responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) =>
      placesIn(content, endpoint, status).map((place) => ({ ...place, status: Number(status) })),
    ),
  );
  return {
    operations,
    bodies,
    replies: answers.filter(({ where, status }) => status < 300 && where.endsWith('json')),
    refusals: answers.filter(({ status }) => status >= 400),
    examplesOf,
    findFault: createSchemaCheck(written),
  };
}

function find(endpoints: readonly Endpoint[], name: string): Endpoint {
  const endpoint = endpoints.find(({ operationId }) => operationId === name);
  if (!endpoint) throw new Error(`There is no endpoint ${name}.`);
  return endpoint;
}

/** What a reference within the components points to. */
function get<Part>(parts: Readonly<Record<string, Part>>, reference: string): Part {
  const part = parts[reference.replace(/^#\/components\/(schemas|examples)\//, '')];
  if (part === undefined) throw new Error(`${reference} is not in the contract.`);
  return part;
}
