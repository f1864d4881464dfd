// scripts/contract-changes/contract.ts: reads an OpenAPI document into what the rules compare.
import { z } from 'zod';
import { resolveReferences } from './references.ts';
import { readSchema, type Schema } from './schema.ts';

/** The operations by method and path. */
export type Contract = ReadonlyMap<string, Operation>;

export interface Operation {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly body: Body | null;
  readonly responses: ReadonlyMap<string, Response>;
  /** Alternatives, each a list of what it takes; an empty one lets everybody in. */
  readonly security: readonly (readonly string[])[];
}

export interface Parameter {
  readonly isRequired: boolean;
  readonly schema: Schema;
}

type Content = ReadonlyMap<string, Schema>;

export interface Body {
  readonly isRequired: boolean;
  readonly content: Content;
}

export interface Response {
  readonly content: Content;
  readonly headers: readonly string[];
  /** Under failures they are named after the code of the failure. */
  readonly examples: readonly string[];
}

const Named = z.record(z.string(), z.unknown());

const ContentWire = z.record(z.string(), z.object({ schema: z.unknown(), examples: Named.default({}) })).default({});

const ParameterWire = z
  .object({ name: z.string(), in: z.string(), required: z.boolean().default(false), schema: z.unknown() })
  .transform(({ name, in: place, required: isRequired, schema }) => ({
    key: `the ${place} parameter \`${place === 'header' ? name.toLowerCase() : name}\``,
    parameter: { isRequired, schema: readSchema(schema) },
  }));

const BodyWire = z
  .object({ required: z.boolean().default(false), content: ContentWire })
  .transform(({ required: isRequired, content }) => ({ isRequired, content: contentOf(content) }));

const ResponseWire = z
  .object({ content: ContentWire, headers: Named.default({}) })
  .transform(({ content, headers }) => ({
    content: contentOf(content),
    headers: Object.keys(headers),
    examples: Object.values(content).flatMap(({ examples }) => Object.keys(examples)),
  }));

const Security = z
  .array(z.record(z.string(), z.array(z.string())))
  .transform((alternatives) => (alternatives.length === 0 ? [[]] : alternatives.map(needsOf)));

const OperationWire = z
  .object({
    operationId: z.string(),
    parameters: z.array(ParameterWire).default([]),
    requestBody: BodyWire.optional(),
    responses: z.record(z.string(), ResponseWire),
    security: Security,
  })
  .transform(({ operationId, parameters, requestBody, responses, security }) => ({
    name: operationId,
    parameters: new Map(parameters.map(({ key, parameter }) => [key, parameter])),
    body: requestBody ?? null,
    responses: new Map(Object.entries(responses)),
    security,
  }));

const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), OperationWire)) });

/** Throws for a document that holds what the rules have no words for: nothing is passed over in silence. */
export function readContract(document: unknown): Contract {
  const { paths } = Document.parse(resolveReferences(document));
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
  return new Map(operations);
}

function contentOf(content: z.output<typeof ContentWire>): Content {
  return new Map(Object.entries(content).map(([type, { schema }]) => [type, readSchema(schema)]));
}

/** A scheme that asks for scopes is as many needs as there are scopes, and itself. */
function needsOf(alternative: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(alternative).flatMap(([scheme, scopes]) => [
    scheme,
    ...scopes.map((scope) => `${scheme} ${scope}`),
  ]);
}
