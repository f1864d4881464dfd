// openapi.ts: from the endpoints' declarations to an OpenAPI 3.1 document. Pure: the same endpoints, the same document.
import { stringify } from 'yaml';
import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import type { ErrorCode } from './errors.ts';
import { acceptedTypes } from './http/body.ts';
import type { Endpoint } from './http/endpoint.ts';
import { envelopes, failures } from './http/problem.ts';
import type { ReplyShape } from './http/reply.ts';

type Json = Record<string, unknown>;
type Schema = z.ZodType;

const tags = [
  { name: 'Tokens', description: 'Signing in, refreshing, revoking (RFC 6749, RFC 7009).' },
  { name: 'Account', description: 'Signing up, and the signed-in user.' },
  { name: 'Sessions', description: 'One sign-in on one device each.' },
  { name: 'Administration', description: 'For those who look after people, programs and roles.' },
  { name: 'Discovery', description: 'What other services need in order to verify tokens.' },
  { name: 'Operations', description: 'For whoever runs the service.' },
];

/** Failures that every operation can have, whoever calls and whatever it does; a repeated Host field is one. */
const always: readonly ErrorCode[] = ['invalid_request', 'internal_error', 'unavailable'];
const badBody: readonly ErrorCode[] = ['unsupported_media_type', 'payload_too_large'];

/** Schemas that have a name are gathered as components while the operations are written. */
export function describeContract(endpoints: readonly Endpoint[], serverUrl: string) {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = pathTemplate(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method]: describeOperation(endpoint, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Latchkey', version: packageJson.version, summary: 'Credentials in, tokens out.', license },
    servers: [{ url: serverUrl }],
    tags,
    paths,
    components: { schemas: sorted(schemas), securitySchemes },
  };
}

/** The router says `:session_id` where OpenAPI says `{session_id}`. */
export function pathTemplate(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

/** Written out in full: readers of YAML do not all follow aliases. */
export function toYaml(contract: object): string {
  return stringify(contract, { aliasDuplicateObjects: false });
}

const license = { name: 'MIT', identifier: 'MIT' };

const securitySchemes = {
  clientSecretBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'Identifier and secret of a confidential client, each form-encoded first (RFC 6749 section 2.3.1).',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of this service (RFC 6750).',
  },
  metricsToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The METRICS_TOKEN of the deployment.',
  },
};

function describeOperation(endpoint: Endpoint, schemas: Json): Json {
  const { operationId, tag, summary, description, guard, body } = endpoint;
  const parameters = [
    ...describeParameters('path', endpoint.params),
    ...describeParameters('query', endpoint.query),
    ...describeParameters('header', endpoint.headers),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: guard.requirements,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(endpoint, body, schemas) }),
    responses: { ...describeReplies(endpoint, schemas), ...describeFailures(endpoint, schemas) },
  };
}

function describeParameters(place: 'path' | 'query' | 'header', schema: Schema | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = toJsonSchema(schema, 'input');
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = asObject(property);
    return { name, in: place, required: place === 'path' || required.includes(name), description, schema: rest };
  });
}

function describeBody({ failures: form }: Endpoint, body: Schema, schemas: Json): Json {
  const schema = define(body, 'input', schemas);
  const content = Object.fromEntries(acceptedTypes[form].map((type) => [type, { schema }]));
  return { required: !body.safeParse({}).success, content };
}

function describeReplies({ replies }: Endpoint, schemas: Json): Json {
  return Object.fromEntries(Object.entries(replies).map(([status, shape]) => [status, describeReply(shape, schemas)]));
}

function describeReply({ description, contentType, schema }: ReplyShape, schemas: Json): Json {
  if (!contentType || !schema) return { description };
  return { description, content: { [contentType]: { schema: define(schema, 'output', schemas) } } };
}

/** One response for each status, whose description lists what can be behind it. */
function describeFailures(endpoint: Endpoint, schemas: Json): Json {
  const { body, guard, limit, errors = [] } = endpoint;
  const limited: ErrorCode[] = limit === 'none' ? [] : ['rate_limited'];
  const codes = new Set([...always, ...(body ? badBody : []), ...guard.errors, ...errors, ...limited]);
  const byStatus = Map.groupBy(codes, (code) => failures[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, behind]) => [status, describeFailure(endpoint, behind, schemas)]),
  );
}

function describeFailure({ failures: form }: Endpoint, codes: readonly ErrorCode[], schemas: Json): Json {
  const titles = [
    ...new Set(codes.map((code) => `${form === 'oauth' ? failures[code].oauth : code}: ${failures[code].title}`)),
  ];
  return { ...describeReply(envelopes[form], schemas), description: titles.join('\n') };
}

/** A reference to the schema if it has a name, the schema itself if not; named schemas go to the components. */
function define(schema: Schema, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs = {}, ...rest } = toJsonSchema(schema, io);
  for (const [name, definition] of Object.entries($defs)) schemas[name] = definition;
  return rest;
}

function toJsonSchema(schema: Schema, io: 'input' | 'output') {
  return asSchema(JSON.parse(relocated(z.toJSONSchema(schema, { io, override }))));
}

/** Definitions live in the components of the document, not beside each use. */
function relocated(schema: unknown): string {
  return JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
}

/** zod's regular expressions for formats are long and say nothing that the format does not; so do its integer bounds. */
function override({ jsonSchema }: { jsonSchema: Json }): void {
  if (jsonSchema.format) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  delete jsonSchema.id;
}

const asObject = z.record(z.string(), z.unknown()).parse;
const asSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  $defs: z.record(z.string(), z.unknown()).optional(),
}).parse;

function sorted(members: Json): Json {
  return Object.fromEntries(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1)));
}
